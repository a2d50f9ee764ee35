"""Another program's window, from which the files named on the command line can be dragged: `drag.py FILE...`."""
import pathlib
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk

uris = [pathlib.Path(name).as_uri() for name in sys.argv[1:]]
window = Gtk.Window(type=Gtk.WindowType.POPUP, title="files to drag")
window.set_default_size(60, 60)
window.move(10, 700)
box = Gtk.EventBox()
box.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
box.drag_source_add_uri_targets()
box.connect("drag-data-get", lambda _box, _drag, data, _info, _time: data.set_uris(uris))
box.connect("drag-end", lambda *_: Gtk.main_quit())
window.add(box)
window.show_all()
Gtk.main()
