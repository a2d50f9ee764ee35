/** A field of several lines is as high as its text, long lines that wrap too: `use:grow={text}`. WebKit has no CSS for it yet. */
export function grow(area: HTMLTextAreaElement, _text: string) {
  function fit() {
    area.style.height = "";
    const borders = area.offsetHeight - area.clientHeight;
    if (area.scrollHeight > area.clientHeight) area.style.height = `${area.scrollHeight + borders}px`;
  }
  fit();
  // Its width changes with the window and with the size of the text.
  addEventListener("resize", fit);
  return { update: fit, destroy: () => removeEventListener("resize", fit) };
}
