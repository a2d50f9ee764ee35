// Where the keyboard goes when what had it is gone. A web view puts it nowhere, and whoever has no mouse then starts anew at the top.

const CONTROLS = "button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex='0']";

/** What had the keyboard last, with what it stood in and all controls around it, in order. */
interface Held {
  control: HTMLElement;
  parent: Element | null;
  root: Element;
  order: HTMLElement[];
}

const nowhere = () => document.activeElement === null || document.activeElement === document.body;
// One by one: not everything that runs a page gives what fits several selectors in order.
const within = (root: Element) => [...root.querySelectorAll<HTMLElement>("*")].filter((one) => one.matches(CONTROLS));
const isThere = (control: HTMLElement) => control.isConnected && !control.matches(":disabled") && !control.closest("[hidden], [inert]");

/** Puts the keyboard on the title of what is shown, unless it is somewhere. */
export function toTitle() {
  if (!nowhere()) return;
  const title = document.querySelector<HTMLElement>("main h1");
  if (!title) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}

/** Gives the keyboard back to what had it, else to the title; who has put it elsewhere meanwhile keeps it there. */
export function backTo(control: Element | null) {
  if (!nowhere()) return;
  if (control instanceof HTMLElement && control.isConnected && control !== document.body) control.focus({ preventScroll: true });
  toTitle();
}

/** From now on: where what had the keyboard is taken away, what stands in its place gets it, else the next control, else
    the title. A small window over the page sees to it itself. */
export function keepFocus(): () => void {
  let held: Held | null = null;
  function taken(event: FocusEvent) {
    const control = event.target;
    if (!(control instanceof HTMLElement)) return;
    const root = control.closest("dialog, main, form.main, nav, header");
    held = root && root.localName !== "dialog" ? { control, parent: control.parentElement, root, order: within(root) } : null;
  }
  // Whoever leaves a control that stays there meant to.
  function left(event: FocusEvent) {
    if (!event.relatedTarget && event.target === held?.control && held.control.isConnected) held = null;
  }
  function look() {
    if (!held || !nowhere() || isThere(held.control)) return;
    const { control, parent, root, order } = held;
    held = null;
    if (!root.isConnected) return toTitle();
    const at = order.indexOf(control);
    const instead = parent?.isConnected ? within(parent) : [];
    [...instead, ...order.slice(at + 1)].find(isThere)?.focus({ preventScroll: true });
    toTitle();
  }
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusin", taken);
  document.addEventListener("focusout", left);
  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", taken);
    document.removeEventListener("focusout", left);
  };
}
