// What a person chose for the window itself: light or dark, and the size of the text. Kept by the web view, for all deployments.

export type Theme = "system" | "light" | "dark";

/** The sizes of the text, in percent of the usual one. */
const SIZES = [75, 87.5, 100, 112.5, 125, 150, 175, 200];
const USUAL = 100;

class Settings {
  theme = $state<Theme>("system");
  size = $state(USUAL);

  /** Takes up what was chosen before. */
  restore() {
    const theme = kept("theme");
    if (theme === "light" || theme === "dark") this.theme = theme;
    const size = Number(kept("size"));
    if (SIZES.includes(size)) this.size = size;
    this.show();
  }

  setTheme(theme: Theme) {
    this.theme = theme;
    keep("theme", theme);
    this.show();
  }

  /** Larger by `by` sizes, smaller where it is negative, the usual one where it is 0. */
  zoom(by: number) {
    const at = SIZES.indexOf(this.size) + by;
    this.size = by === 0 ? USUAL : (SIZES[Math.min(Math.max(at, 0), SIZES.length - 1)] ?? USUAL);
    keep("size", String(this.size));
    this.show();
  }

  private show() {
    const root = document.documentElement;
    if (this.theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = this.theme;
    root.style.fontSize = this.size === USUAL ? "" : `${this.size}%`;
  }
}

export const settings = new Settings();

// Where the web view may keep nothing, the choice holds until the window closes.
function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name: string, value: string) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // See above.
  }
}
