"""A page of another site, in a real WebKit: tries to read from and to write to the practice account at ADDRESS.

Exit status 0: it read or changed something; 1: it got nothing. Says how many ways it tried to their end.
"""

import http.server
import json
import sys
import threading

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2  # noqa: E402

address = sys.argv[1]
PAGE = (
    """<!doctype html><title>start</title><script>
const at = "http://ADDRESS";
const got = [];
let tried = 0;
const read = async (what, path, options) => {
  try {
    const answer = await fetch(at + path, options);
    const text = await answer.text();
    if (answer.ok && text) got.push(what + ": " + text.slice(0, 80));
  } catch (error) {}
  tried += 1;
};
const image = (path) => new Promise((done) => {
  const img = new Image();
  img.onload = () => { got.push("image " + path); done(); };
  img.onerror = () => done();
  img.src = at + path;
}).then(() => { tried += 1; });
(async () => {
  await read("users", "/hubwright/users/starter");
  await read("moto", "/moto-api/data.json");
  await read("a header of its own", "/hubwright/users/starter", { headers: { "X-Hubwright-Token": "x" } });
  await read("a fault", "/hubwright/faults", { method: "POST", body: '{"kind":"reset","times":1000}' });
  await read("reset-auth", "/moto-api/reset-auth", { method: "POST", mode: "no-cors", body: "9999" });
  await read("an unsigned call", "/", { method: "POST", mode: "no-cors", body: "Action=ListUsers&Version=2010-05-08" });
  await image("/hubwright/users/starter");
  document.title = "end " + JSON.stringify([tried, got]);
})();
</script>"""
).replace("ADDRESS", address)


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *args):
        pass


site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()
window = Gtk.Window()
view = WebKit2.WebView()
window.add(view)
window.show_all()
status = {"code": 2}


def titled(view, _):
    title = view.get_title() or ""
    if title.startswith("end "):
        tried, got = json.loads(title[4:])
        print(f"tried {tried}, got {len(got)}: {got}")
        status["code"] = 0 if got else 1
        Gtk.main_quit()


view.connect("notify::title", titled)
GLib.timeout_add_seconds(30, Gtk.main_quit)
view.load_uri(f"http://127.0.0.1:{site.server_address[1]}/")
Gtk.main()
sys.exit(status["code"])
