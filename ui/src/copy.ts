// Puts a text on the clipboard.
export async function copy(text: string) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where the page may not use the clipboard itself, the old way still works.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
