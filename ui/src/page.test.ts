// What happens on one page around its work: where the keyboard is, and what is said. The work begins and ends as a test tells it.
// Long because its tests share one window, whose start takes longer than they do.
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterAll, beforeEach, expect, test } from "vitest";
import App from "./App.svelte";
import { backend } from "./backend";
import type { Plan, StepView, Value } from "./bindings";
import { wizard } from "./wizard.svelte";

const plan: Plan = { summary: "One thing is made.", identity: "somebody", calls: [], commands: [], destroys: [], views: [], cost: "Nothing.", undo: "Remove.", nothing_to_do: false, stops: [] };
backend.run = async () => {};

afterAll(cleanup);

/** The page is opened anew, and can be acted on. */
beforeEach(async () => {
  if (!document.querySelector(".frame")) render(App);
  await wizard.close();
  await wizard.open("demo");
  wizard.show("one");
  Object.assign(wizard.step!, { problems: [], plan, plan_run: 1 });
  await screen.findByText("One thing is made.");
});

const footer = () => document.querySelector<HTMLButtonElement>("footer button")!;
const said = (text: string) => waitFor(() => expect(footer().textContent).toBe(text));

/** Presses the page's button as a person does; the work begins. */
async function press() {
  footer().focus();
  await fireEvent.click(footer());
  wizard.step!.state = "running";
  await said("Stop…");
}

function ends(how: Partial<StepView>) {
  Object.assign(wizard.step!, { plan: null, ...how });
}

test("while it works, the keyboard is on the button that stops it, which asks first; after it on the next one", async () => {
  await press();
  await waitFor(() => expect(document.activeElement).toBe(footer()));
  await fireEvent.click(footer());
  await waitFor(() => expect(document.activeElement?.textContent).toBe("Keep going"));
  await fireEvent.click(document.activeElement!);
  await waitFor(() => expect(document.activeElement?.textContent).toBe("Stop…"));
  ends({ state: "done" });
  await said("Go on with Roles");
  await waitFor(() => expect(document.activeElement).toBe(footer()));
});

test("after the work, the keyboard that was on the button that stops it is on the next one", async () => {
  await press();
  footer().focus();
  ends({ state: "done" });
  await said("Go on with Roles");
  await waitFor(() => expect(document.activeElement).toBe(footer()));
});

test("where there is no next button that can be pressed, the keyboard is on the title after the work", async () => {
  await press();
  ends({ state: "ready", looking: true });
  await said("Do it");
  expect(footer().disabled).toBe(true);
  await waitFor(() => expect(document.activeElement).toBe(document.querySelector("h1")));
});

test("whoever took the keyboard elsewhere while the work ran keeps it there", async () => {
  await press();
  const elsewhere = document.querySelector<HTMLElement>("nav button.journey")!;
  elsewhere.focus();
  ends({ state: "done" });
  await said("Go on with Roles");
  // Time for the keyboard to be moved, were it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(document.activeElement).toBe(elsewhere);
});

test("the page's button is filled only where it does something: not while it leads to a field that is to be fixed", async () => {
  const filled = (is: boolean) => waitFor(() => expect(footer().closest("footer")!.querySelector("button.primary") !== null).toBe(is));
  await filled(true);
  const problem = { severity: "error" as const, field: "region", what: "It is closed.", fix: "Choose another.", detail: [], link: null, offer: null, leads: null };
  wizard.step!.problems = [problem];
  await filled(false);
  // The way to it stays, and the button too.
  await fireEvent.click(screen.getByRole("button", { name: "1 thing to fix" }));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Region")));
  screen.getByRole("button", { name: "Do it" });
  // What is missing and was not asked for yet is shown by a press.
  wizard.step!.problems = [{ ...problem, field: "name" }];
  await filled(true);
  // A fault without a field is mended by doing it again.
  wizard.step!.problems = [{ ...problem, field: null }];
  await filled(true);
  // The button leads to another page.
  Object.assign(wizard.step!, { problems: [problem], waits_for: ["Roles: a page of the demonstration"] });
  await filled(true);
});

test("what it costs stands right below what will be done, above the things too", async () => {
  const cost = (sentence: string) => screen.getByText(sentence).closest("p")!.nextElementSibling?.textContent?.replace(/\s+/g, " ");
  expect(cost("One thing is made.")).toBe("Costs Nothing.");
  const resource = { id: "a", title: "The key", name: "", sentence: "", stand: "make" as const, usual: 1, slow: "" };
  wizard.step!.plan = { ...plan, summary: "One key is made.", cost: "1 dollar a month.", views: [{ view: "resources", title: "What this page makes", groups: [{ title: "", sentence: "", resources: [resource] }] }] };
  const sentence = await screen.findByText("One key is made.");
  expect(cost("One key is made.")).toBe("Costs 1 dollar a month.");
  expect(sentence.compareDocumentPosition(screen.getByText("The key"))).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  expect(screen.getAllByText("Costs")).toHaveLength(1);
});

test("why a confirmed removal was not done is said in the question that is asked instead, in sight and aloud", async () => {
  const scrolled: Element[] = [];
  Element.prototype.scrollIntoView = function () {
    scrolled.push(this);
  };
  wizard.show("two");
  await screen.findByText("All is there.");
  await fireEvent.click(screen.getByLabelText("More"));
  await fireEvent.click(await screen.findByText("Remove…"));
  const removal = (...destroys: string[]) => ({ ...plan, summary: "These go:", destroys });
  const asked = async () => (await screen.findByLabelText(/type the deployment's name/)) as HTMLInputElement;
  Object.assign(wizard.step!, { removal: removal("a thing"), removal_run: 5 });
  await fireEvent.input(await asked(), { target: { value: "a-name" } });
  await fireEvent.click(screen.getByRole("button", { name: "Remove" }));
  wizard.step!.state = "running";
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  const problem = { severity: "error" as const, field: null, what: "The list changed.", fix: "Read the new list.", detail: [], link: null, offer: null, leads: null };
  ends({ state: "done", removal: removal("a thing", "another"), removal_run: 6, problems: [problem] });
  const field = await asked();
  const message = screen.getByText("The list changed.");
  expect(message.closest("[role=alertdialog]")).not.toBeNull();
  await waitFor(() => expect(document.activeElement).toBe(field));
  expect(scrolled.at(-1)!.contains(message)).toBe(true);
  expect(wizard.said).toBe("The list changed. Read the new list.");
  expect(field.value).toBe("");
  // Once it is kept, the page says it in the usual place.
  await fireEvent.keyDown(field, { key: "Escape" });
  expect(screen.getByText("The list changed.").closest(".general")).not.toBeNull();
});

test("what holds a removal back is said in place of the question, with a button to the page where it is mended", async () => {
  wizard.show("two");
  await screen.findByText("All is there.");
  await fireEvent.click(screen.getByLabelText("More"));
  await fireEvent.click(await screen.findByText("Remove…"));
  const stop = { severity: "error" as const, field: null, what: "Somebody is in the group.", fix: "Take them out.", detail: [], link: null, offer: null, leads: { label: "Take somebody out first", page: "one", removes: false } };
  Object.assign(wizard.step!, { state: "done", removal: { ...plan, stops: [stop], nothing_to_do: true }, removal_run: 9 });
  const question = await screen.findByRole("alertdialog", { name: "This cannot be removed yet" });
  expect(question.textContent).toContain("Somebody is in the group.");
  expect(screen.queryByRole("button", { name: "Remove" })).toBeNull();
  expect(screen.queryByLabelText(/type the deployment's name/)).toBeNull();
  const lead = screen.getByRole("button", { name: "Take somebody out first" });
  await waitFor(() => expect(document.activeElement).toBe(lead));
  await fireEvent.click(lead);
  expect(wizard.current).toBe("one");
});

test("a removal that another page holds asks about that one at once, and leads back when it is done", async () => {
  await wizard.close();
  await wizard.open("demo");
  const { run } = backend;
  const asked: string[] = [];
  backend.run = async (step, work) => void asked.push(`${step} ${work}`);
  wizard.show("five");
  wizard.follow({ label: "Take somebody out first", page: "two", removes: true });
  expect(wizard.current).toBe("two");
  await waitFor(() => expect(asked).toEqual(["two plan_removal"]));
  Object.assign(wizard.step!, { removal: plan, removal_run: 8 });
  await screen.findByRole("alertdialog");
  Object.assign(wizard.step!, { state: "ready", removable: false, removal: null, removal_run: null });
  await fireEvent.click(await screen.findByRole("button", { name: "Go on removing Address" }));
  expect(wizard.current).toBe("five");
  await waitFor(() => expect(asked).toEqual(["two plan_removal", "five plan_removal"]));
  Object.assign(wizard.step!, { removal: plan, removal_run: 9 });
  await screen.findByRole("alertdialog");
  await fireEvent.click(screen.getByRole("button", { name: "Keep it" }));
  expect(wizard.removing).toBeNull();
  // A page that waits leads to the first one it waits for, not on to another.
  wizard.show("six");
  await screen.findByRole("button", { name: "Go to Roles" });
  backend.run = run;
});

test("a field that concerns hardly anybody is asked once a problem is on it, whose button turns it on", async () => {
  const field = { name: "take", label: "Take it over", help: "", rule: "", kind: { kind: "switch" as const }, required: false, default: null, locked: null, known: null, on_demand: true };
  wizard.show("one");
  await screen.findByLabelText("Name");
  wizard.step!.form.fields.push(field);
  await tick();
  expect(screen.queryByText("Take it over")).toBeNull();
  const problem = { severity: "error" as const, field: "take", what: "Somebody else made it.", fix: "Turn it on.", detail: [], link: null, offer: { label: "Take them over", value: true }, leads: null };
  Object.assign(wizard.step!, { state: "blocked", problems: [problem] });
  await screen.findByText("Take it over");
  screen.getByRole("button", { name: "Take them over" });
  // Once it is on, it stays in sight.
  Object.assign(wizard.step!, { values: { ...wizard.step!.values, take: true }, problems: [] });
  await tick();
  screen.getByText("Take it over");
  wizard.step!.values["take"] = false;
  await waitFor(() => expect(screen.queryByText("Take it over")).toBeNull());
  // So does one in which something is entered.
  Object.assign(field, { kind: { kind: "secret" as const, lines: false } });
  wizard.step!.form.fields.splice(-1, 1, { ...field });
  for (const [value, there] of [[{ is_set: false, hint: null }, false], [{ is_set: true, hint: null }, true], [[], false]] as const) {
    wizard.step!.values["take"] = value as unknown as Value;
    await waitFor(() => expect(screen.queryByText("Take it over") !== null).toBe(there));
  }
});

test("a page is read aloud by what is wrong on it, and without the marks around what is typed", async () => {
  const problem = { severity: "error" as const, field: "name", what: "Hubwright cannot read `/no/such`.", fix: "Check it.", detail: [], link: null, offer: null, leads: null };
  const view: StepView = { ...wizard.step!, state: "look", sentence: "An answer on this page changed after it was done.", problems: [problem] };
  const { hear } = wizard as unknown as { hear: (event: unknown) => void };
  hear.call(wizard, { type: "step_changed", seq: 1000, step: "one", view });
  const aloud = () => document.querySelector(".unseen[role=status]")!.textContent;
  await waitFor(() => expect(aloud()).toContain("Hubwright cannot read /no/such."));
  expect(aloud()).not.toContain("An answer on this page changed");
});

test("a long text is folded, with its buttons in sight, and a page that keeps by itself leads on at once", async () => {
  const body = Array.from({ length: 20 }, (_, at) => `line ${at}`).join("\n");
  const text = { view: "document" as const, title: "The request", text: { body, file: "a.csr" } };
  ends({ state: "ready", views: [text], at_once: true });
  await screen.findByRole("button", { name: "Copy: The request" });
  expect(screen.getByText(/line 19/).closest("details")!.open).toBe(false);
  await said("Go on with Roles");
  // What makes values up stands right below how far it is, and what comes of it is brought into sight.
  const stages = { view: "stages" as const, title: "How far it is", stages: [{ title: "Made", lines: ["Here."], reached: "done" as const }] };
  ends({ state: "ready", views: [stages, text], makes_up: "Have it signed in practice", at_once: false });
  const offer = await screen.findByRole("button", { name: "Have it signed in practice" });
  const follows = (one: Element, other: Element) => one.compareDocumentPosition(other) === Node.DOCUMENT_POSITION_FOLLOWING;
  expect(follows(screen.getByText("Here."), offer) && follows(offer, screen.getByText(/line 19/))).toBe(true);
  const seen: Element[] = [];
  Element.prototype.scrollIntoView = function () {
    seen.push(this);
  };
  const { useMadeUp } = backend;
  const files = { ...wizard.step!.form.fields[0]!, name: "files", label: "Files", kind: { kind: "files" as const, extensions: [] } };
  const chain = { view: "chain" as const, title: "The chain", links: [] };
  backend.useMadeUp = async () => void Object.assign(wizard.step!, { form: { fields: [files] }, views: [stages, text, chain] });
  await fireEvent.click(offer);
  await waitFor(() => expect(seen.some((one) => one.classList.contains("chain"))).toBe(true));
  backend.useMadeUp = useMadeUp;
});

test("what the bar folds away in a narrow window opens by a press, and closes by Escape and when it is left", async () => {
  const fold = screen.getByRole("button", { name: "As whom and where: 1234-5678-9012" });
  const open = () => fold.getAttribute("aria-expanded");
  fold.focus();
  await fireEvent.click(fold);
  expect(open()).toBe("true");
  const region = screen.getByRole("button", { name: "Copy region us-east-1" });
  region.focus();
  await fireEvent.keyDown(region, { key: "Escape" });
  expect([open(), document.activeElement]).toEqual(["false", fold]);
  await fireEvent.click(fold);
  region.focus();
  expect(open()).toBe("true");
  footer().focus();
  await waitFor(() => expect(open()).toBe("false"));
});

test("the first page begins with the keyboard on its title, and with nothing said of the deployment that was left", async () => {
  wizard.said = "The roles are made.";
  const read = () => document.querySelector("[role=status][aria-live]")!.textContent;
  await waitFor(() => expect(read()).toBe("The roles are made."));
  await fireEvent.click(screen.getByRole("button", { name: "All deployments" }));
  const title = await screen.findByRole("heading", { level: 1, name: "Set up a JupyterHub on AWS" });
  await waitFor(() => expect(document.activeElement).toBe(title));
  expect(read()).toBe("");
  wizard.said = "Deleted.";
  await wizard.open("demo");
  expect(wizard.said).not.toBe("Deleted.");
});

test("a window over the page gives the keyboard back to what opened it, else to the title", async () => {
  const gone = () => waitFor(() => expect(document.querySelector("dialog")).toBeNull());
  const opener = screen.getByRole("button", { name: "Logbook" });
  opener.focus();
  await fireEvent.click(opener);
  await fireEvent.click(await screen.findByLabelText("Close"));
  await gone();
  await waitFor(() => expect(document.activeElement).toBe(opener));
  // Opened by keys, with the keyboard nowhere.
  opener.blur();
  await fireEvent.keyDown(document.body, { key: "l", ctrlKey: true });
  await fireEvent.keyDown(await screen.findByLabelText("Search the logbook"), { key: "Escape" });
  await gone();
  await waitFor(() => expect(document.activeElement).toBe(document.querySelector("h1")));
});

test("what had the keyboard and is gone passes it on: to what stands in its place, to the next control, to the title", async () => {
  // A file that is left out.
  const out = await screen.findByRole("button", { name: "Leave out hub.crt" });
  out.focus();
  wizard.step!.views = wizard.step!.views.map((view) => (view.view === "files" ? { ...view, chips: view.chips.slice(1) } : view));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Leave out hub.crt" })).toBeNull());
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Leave out notes.txt"));
  // What arrived is folded away, and the next request has the keyboard.
  wizard.show("three");
  const more = await screen.findByRole("button", { name: "More: A thing" });
  more.focus();
  const board = wizard.step!.views.find((view) => view.view === "board")!;
  wizard.step!.views = [{ ...board, cards: board.cards.slice(1) }];
  await waitFor(() => expect(screen.queryByRole("button", { name: "More: A thing" })).toBeNull());
  await waitFor(() => expect(document.activeElement?.closest("li")?.textContent).toContain("Another"));
  wizard.step!.views = [];
  await waitFor(() => expect(screen.queryByRole("button", { name: "More: Another" })).toBeNull());
  await waitFor(() => expect(document.activeElement).not.toBe(document.body));
  // Whoever left it on their own is not moved.
  const last = document.activeElement as HTMLElement;
  last.blur();
  await fireEvent.focusOut(last);
  wizard.step!.log_size = 0;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(document.activeElement).toBe(document.body);
});

test("a page that opens gives the keyboard to no field out of sight and to no box that allows something", async () => {
  const at = () => (document.activeElement instanceof HTMLInputElement ? document.activeElement.id : document.activeElement?.localName);
  const show = async (bottom: number) => {
    wizard.show("two");
    await screen.findByText("Account: a page of the demonstration");
    const box = Element.prototype.getBoundingClientRect;
    Element.prototype.getBoundingClientRect = function () {
      return new DOMRect(0, 0, 100, this.matches("main") ? 600 : bottom);
    };
    wizard.everyStep.find((step) => step.id === "one")!.form.fields = wizard.everyStep.find((step) => step.id === "one")!.form.fields.filter((field) => ["name", "sure"].includes(field.name));
    wizard.show("one");
    await screen.findByText("Name: a page of the demonstration");
    Element.prototype.getBoundingClientRect = box;
  };
  await show(500);
  expect(at()).toBe("field-name");
  await show(700);
  expect(at()).toBe("h1");
});

test("what came of work that was begun here is brought into sight, unless somebody typed or moved the page meanwhile", async () => {
  const scrolled: Element[] = [];
  Element.prototype.scrollIntoView = function () {
    scrolled.push(this);
  };
  const strips = () => scrolled.filter((one) => one.classList.contains("strip")).length;
  const work = async (meanwhile: () => unknown) => {
    Object.assign(wizard.step!, { state: "ready", problems: [], plan, plan_run: 1 });
    await said("Do it");
    await fireEvent.submit(document.querySelector("form.main")!);
    await wizard.flush();
    await press();
    await meanwhile();
    ends({ state: "done", sentence: "It is made." });
    await said("Go on with Roles");
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await work(() => {});
  expect(strips()).toBe(1);
  await work(() => fireEvent.keyDown(document.body, { key: "a" }));
  await work(() => fireEvent.wheel(document.body));
  await work(() => {
    const page = document.querySelector<HTMLElement>(".page")!;
    Object.defineProperty(page, "scrollHeight", { value: 900, configurable: true });
    page.scrollTop = 120;
    return fireEvent.scroll(page);
  });
  expect(strips()).toBe(1);
});

test("in a small window one line stands for the pages: it says where one is, and unfolds to all of them and what is at hand", async () => {
  const line = document.querySelector<HTMLElement>("nav .line")!;
  const open = () => line.getAttribute("aria-expanded");
  expect(line.textContent).toContain("Name");
  const whole = line.nextElementSibling!;
  await fireEvent.click(line);
  expect([open(), whole.classList.contains("open")]).toEqual(["true", true]);
  // The keyboard is on the page one is on, the tools are in it too, and Escape gives the keyboard back.
  const here = whole.querySelector<HTMLElement>("[aria-current]")!;
  await waitFor(() => expect(document.activeElement).toBe(here));
  expect(whole.querySelector("[aria-label=Logbook]")).not.toBeNull();
  await fireEvent.keyDown(here, { key: "Escape" });
  expect([open(), document.activeElement]).toEqual(["false", line]);
  // Whoever chooses a page has the keyboard on it; whoever leaves the list folds it.
  await fireEvent.click(line);
  await fireEvent.click([...whole.querySelectorAll("li button")].find((button) => button.textContent?.includes("Account"))!);
  await waitFor(() => expect(document.activeElement).toBe(document.querySelector("h1")));
  expect([open(), line.textContent!.includes("Account")]).toEqual(["false", true]);
  await fireEvent.click(line);
  footer().focus();
  await waitFor(() => expect(open()).toBe("false"));
});

test("the chosen page is brought into sight in the list of pages", async () => {
  const scrolled: Element[] = [];
  Element.prototype.scrollIntoView = function () {
    scrolled.push(this);
  };
  wizard.show("six");
  await waitFor(() => expect(scrolled.at(-1)?.textContent).toContain("Proof"));
  expect(scrolled.at(-1)!.getAttribute("aria-current")).toBe("step");
});

test("Enter in a field for text enters what is typed and leads nowhere else; it does the page's own work", async () => {
  const enter = () => fireEvent.keyDown(document.getElementById("field-name")!, { key: "Enter" });
  ends({ state: "done" });
  await said("Go on with Roles");
  // It is no press of the button: nothing is left for the browser to do.
  for (const again of [1, 2]) expect([again, await enter()]).toEqual([again, false]);
  await wizard.flush();
  expect(wizard.current).toBe("one");
  await fireEvent.click(footer());
  await waitFor(() => expect(wizard.current).not.toBe("one"));
  wizard.show("one");
  const did: string[] = [];
  const { run } = backend;
  backend.run = async (_, work) => void did.push(work);
  Object.assign(wizard.step!, { state: "ready", plan, plan_run: 1, problems: [] });
  await said("Do it");
  await enter();
  await waitFor(() => expect(did).toEqual(["apply"]));
  backend.run = run;
});

/** A button on the first page that asks what is lost, and what it did so far. */
async function losing() {
  const kind = { kind: "confirmed" as const, button: "Make another key…", loses: "The old one is no use any more.", act: "Make another key", given: false };
  const field = { name: "forget", label: "Forget it", help: "", rule: "", kind, required: false, default: false, locked: null, known: null };
  Object.assign(wizard.step!, { form: { fields: [...wizard.step!.form.fields, field] }, values: { ...wizard.step!.values, forget: true } });
  const did: string[] = [];
  const page = (id: string) => wizard.everyStep.find((step) => step.id === id)!;
  const { edit, run } = backend;
  const takes: typeof edit = async (step, name, value) => (did.push(`${name} ${value}`), { ...page(step) });
  backend.edit = takes;
  backend.run = async (step, work) => void did.push(`${work} ${step}`);
  await tick();
  const button = document.getElementById("field-forget")!;
  const confirm = async () => {
    await fireEvent.click(document.getElementById("field-forget")!);
    await tick();
    await fireEvent.click(document.querySelector(".answer .danger")!);
  };
  return { did, button, confirm, takes, back: () => Object.assign(backend, { edit, run }) };
}

test("what is lost by a button is asked first; to cancel has the keyboard, and what is confirmed is done at once", async () => {
  const { did, button, confirm, back } = await losing();
  await fireEvent.click(button);
  const dialog = await screen.findByLabelText("Make another key?");
  expect(dialog.textContent).toContain("The old one is no use any more.");
  expect(document.activeElement?.textContent).toBe("Cancel");
  await fireEvent.click(document.activeElement!);
  await waitFor(() => expect(screen.queryByLabelText("Make another key?")).toBeNull());
  expect([did, document.activeElement]).toEqual([[], button]);
  await confirm();
  // What was confirmed for an earlier key is said anew.
  await waitFor(() => expect(did).toEqual(["forget false", "forget true", "apply one"]));
  back();
});

test("what was confirmed is done on its page, whichever is shown by then, and not where the answer was not taken", async () => {
  const { did, confirm, takes, back } = await losing();
  const { setSecret } = backend;
  let unlock = () => {};
  // The answer waits for the keychain.
  backend.setSecret = () => new Promise((resolve) => (unlock = resolve));
  const waiting = wizard.setSecret("secret", new Uint8Array([1]));
  await confirm();
  wizard.show("two");
  await screen.findByText("All is there.");
  expect(did).toEqual([]);
  unlock();
  await waiting;
  await waitFor(() => expect(did).toEqual(["forget false", "forget true", "apply one"]));
  wizard.show("one");
  await waitFor(() => expect(document.getElementById("field-forget")).not.toBeNull());
  for (const failing of [false, true]) {
    did.length = 0;
    backend.edit = async (step, name, value) => {
      const taken = await takes(step, name, value);
      if (value === failing) throw { severity: "error", field: null, what: "The journal is full.", fix: "Free some space.", detail: [], link: null, offer: null, leads: null };
      return taken;
    };
    await confirm();
    await waitFor(() => expect(wizard.trouble?.what).toBe("The journal is full."));
    await wizard.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(did).toEqual(failing ? ["forget false", "forget true"] : ["forget false"]);
    wizard.trouble = null;
  }
  backend.setSecret = setSecret;
  back();
});

test("a day counts once it is typed to its end: when its field is left, and at Enter", async () => {
  const kind = { kind: "text" as const, placeholder: "", mono: true, whole: true };
  const field = { name: "day", label: "Asked on", help: "", rule: "", kind, required: false, default: null, locked: null, known: null, on_demand: false };
  Object.assign(wizard.step!, { form: { fields: [...wizard.step!.form.fields, field] } });
  const sent: string[] = [];
  const { edit } = backend;
  backend.edit = async (step, name, value) => (sent.push(`${name}: ${value}`), { ...wizard.everyStep.find((one) => one.id === step)! });
  await tick();
  const input = document.getElementById("field-day") as HTMLInputElement;
  const type = async (text: string) => {
    await fireEvent.input(input, { target: { value: text } });
    await new Promise((resolve) => setTimeout(resolve, 200));
  };
  await type("1 Feb");
  await type("1 Feb 2020");
  expect(sent).toEqual([]);
  await fireEvent.blur(input);
  await waitFor(() => expect(sent).toEqual(["day: 1 Feb 2020"]));
  await type("");
  await type("2 Feb 2020");
  await fireEvent.keyDown(input, { key: "Enter" });
  await waitFor(() => expect(sent).toEqual(["day: 1 Feb 2020", "day: 2 Feb 2020"]));
  await wizard.flush();
  backend.edit = edit;
});

test("the button leads to what is done first on another page, and only what can be done here counts for today", async () => {
  ends({ state: "ready", lead: { label: "Send the request", page: "three" } });
  await said("Send the request");
  expect(footer().classList).toContain("primary");
  await fireEvent.click(footer());
  await waitFor(() => expect(wizard.current).toBe("three"));
  const here = () => screen.queryByRole("button", { name: "Open Name" });
  wizard.journey = true;
  await waitFor(() => expect(here()).not.toBeNull());
  for (const asked of [false, true]) {
    wizard.steps[0]!.asked = asked;
    await waitFor(() => expect(here()).toBeNull());
  }
  wizard.journey = false;
});

test("a card's button that leads to another page enters its answers there, and hides no question here", async () => {
  wizard.show("three");
  const board = wizard.step!.views.find((view) => view.view === "board")!;
  const text = { ...wizard.steps[0]!.form.fields[0]!, label: "What to call it" };
  const act = { label: "Make it first", copy: "", answers: [["name", "made-here"]] as [string, string][], page: "one" };
  Object.assign(wizard.step!, { form: { fields: [text] }, views: [{ ...board, cards: [{ ...board.cards[0]!, state: "unasked", act, more: [] }] }] });
  await screen.findByLabelText("What to call it");
  await fireEvent.click(await screen.findByRole("button", { name: /^Make it first/ }));
  await waitFor(() => expect(wizard.current).toBe("one"));
  expect(wizard.step!.values["name"]).toBe("made-here");
});

test("what is wrong is said once: where it is, and not in the foot too", async () => {
  const problem = { severity: "waiting" as const, field: "files", what: "It has not come back yet.", fix: "Send it.", detail: [], link: null, offer: null, leads: null };
  ends({ state: "blocked", sentence: problem.what, problems: [problem] });
  await waitFor(() => expect(screen.getAllByText(problem.what)).toHaveLength(1));
  expect(document.querySelector("footer")!.textContent).not.toContain(problem.what);
});

test("made-up values are offered by what they do, until something was chosen, and again where that is wrong", async () => {
  const offer = () => screen.queryByRole("button", { name: "Have it signed in practice" });
  const files = wizard.step!.views.find((view) => view.view === "files")!;
  ends({ state: "blocked", makes_up: "Have it signed in practice", views: [], problems: [] });
  await waitFor(() => expect(offer()).not.toBeNull());
  wizard.step!.views = [files];
  await waitFor(() => expect(offer()).toBeNull());
  wizard.step!.problems = [{ severity: "error", field: "files", what: "It belongs to another key.", fix: "Choose another.", detail: [], link: null, offer: null, leads: null }];
  await waitFor(() => expect(offer()).not.toBeNull());
});
