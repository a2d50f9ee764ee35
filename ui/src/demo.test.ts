// Long because its tests share one window, whose start takes longer than they do.
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterAll, expect, test } from "vitest";
import App from "./App.svelte";
import { backend } from "./backend";
import type { Card, Event, Everything, Removed } from "./bindings";
import { drafts, drag, forget, opened, print, real, saved, script, stubborn } from "./demo";
import { glossary } from "./glossary.svelte";
import { settings } from "./settings.svelte";
import { type Shape, standing, worst } from "./standing";
import { wizard } from "./wizard.svelte";
import View from "./views/View.svelte";
import Words from "./Words.svelte";

// What looks after the keyboard ends with the page.
afterAll(cleanup);

test("a deployment is opened from the first page, and every page of it can be shown", async () => {
  render(App);
  // Who is waited for and what is next stands on the card; what is done is apart, and what is put away is out of sight.
  const card = (await screen.findByText("a-name")).closest("li")!;
  expect(card.textContent).toContain("Ask again: A thing");
  expect(card.querySelector(".state.ask")).not.toBeNull();
  expect(screen.getByRole("region", { name: "Hubwright’s part is done" }).textContent).toContain("b-name");
  expect(document.querySelectorAll("button.primary")).toHaveLength(1);
  await fireEvent.click(screen.getByLabelText("More: b-name"));
  await fireEvent.click(screen.getByText("Put it away"));
  await screen.findByText("Put away: 1");
  expect(screen.queryByRole("region", { name: "Hubwright’s part is done" })).toBeNull();
  await fireEvent.click(await screen.findByText("Go on with a-name"));
  await screen.findByText("Name: a page of the demonstration");
  for (const step of wizard.steps) {
    wizard.show(step.id);
    await screen.findByText(`${step.short}: a page of the demonstration`);
  }
});

test("what is missing is shown only once the button was pressed, and then has the keyboard", async () => {
  wizard.show("one");
  const name = await screen.findByLabelText("Name");
  expect(screen.queryByText("The name is missing.")).toBeNull();
  await fireEvent.click(screen.getByText("Do it"));
  await screen.findByText("The name is missing.");
  expect(document.activeElement).toBe(name);
  // Two problems with one way out have one button for it.
  expect(screen.getByText("It has no letter.").closest(".problem")).toBe(screen.getByText("The name is missing.").closest(".problem"));
  await fireEvent.click(screen.getByRole("button", { name: "Use a-name" }));
  await waitFor(() => expect(wizard.step?.values["name"]).toBe("a-name"));
  expect(document.activeElement).toBe(name);
});

test("a page stands as a shape: nothing red for an edit, an hourglass with a count for what others have to do", async () => {
  const [one, , three] = script().flatMap((chapter) => chapter.steps);
  expect(standing({ ...one!, state: "look", problems: [] }).shape).toBe("ready");
  expect(standing({ ...one!, state: "look" }).shape).toBe("bad");
  // Where everything that was chosen is left out, nothing is wrong.
  const { field } = one!.problems[0]!;
  expect(standing({ ...one!, state: "look", problems: [one!.problems[0]!], values: { [field ?? ""]: [] } }).shape).toBe("ready");
  const board = three!.views.find((view) => view.view === "board")!;
  const [due, waiting, arrived] = board.cards as [Card, Card, Card];
  const stands = (...cards: Card[]) => standing({ ...one!, state: "done", problems: [], views: [{ ...board, cards }] });
  expect(stands(waiting, arrived)).toMatchObject({ shape: "wait", count: "1 of 2" });
  expect(stands(waiting, due)).toMatchObject({ shape: "ask", count: "0 of 2" });
  expect(stands(arrived, arrived)).toMatchObject({ shape: "done", count: "" });
  // Others are waited for once nothing is left to send.
  const unasked: Card = { ...waiting, state: "unasked" };
  expect(stands(unasked, arrived).shape).toBe("ready");
  expect(stands(unasked, waiting).shape).toBe("ready");
  const page = { ...one!, state: "ready" as const, problems: [], views: [] };
  expect([null, false, true].map((asked) => standing({ ...page, asked }).shape)).toEqual(["ready", "ready", "wait"]);
});

test("a folded chapter stands as the one of its pages that most wants somebody", () => {
  const of = (...shapes: Shape[]) => worst(shapes.map((shape) => ({ shape, word: shape, count: "" }))).shape;
  expect(of("done", "later", "wait")).toBe("wait");
  expect(of("wait", "ready", "later")).toBe("ready");
  expect(of("ask", "run", "ready")).toBe("run");
  expect(of("done", "bad", "run")).toBe("bad");
  expect(of("done", "done")).toBe("done");
});

test("Enter at once after typing sends what was typed, does nothing that was not shown, and stays on its page", async () => {
  wizard.show("one");
  const name = (await screen.findByLabelText("Name")) as HTMLInputElement;
  await fireEvent.input(name, { target: { value: "" } });
  await waitFor(() => expect(wizard.step?.values["name"]).toBe(""));
  await fireEvent.input(name, { target: { value: "typed" } });
  await fireEvent.submit(name.form!);
  await waitFor(() => expect(wizard.steps[0]?.plan?.summary).toBe("One thing is made."));
  expect(wizard.steps[0]?.state).toBe("ready");
  expect(wizard.steps[0]?.values["name"]).toBe("typed");
  await fireEvent.input(name, { target: { value: "typed-and-left" } });
  wizard.show("two");
  await waitFor(() => expect(wizard.steps[0]?.values["name"]).toBe("typed-and-left"));
  expect(wizard.steps[1]?.values["name"]).toBeUndefined();
  wizard.show("one");
});

test("the rows of a plan carry what runs and how long it took, and count it", async () => {
  wizard.show("three");
  // How far it is, and how long it will take: from what it took before.
  const step = wizard.step!;
  const began = (seconds: number) => (step.began = new Date(Date.now() - seconds * 1000).toISOString());
  step.expected = 400;
  began(160);
  await screen.findByText("1 of 3, about 4 min left");
  screen.getByText("3 min of about 7 min");
  began(401);
  await screen.findByText("1 of 3");
  began(900);
  await screen.findByText("1 of 3, longer than usual");
  const row = screen.getByText("The role").closest("li")!;
  expect(row.innerHTML).toContain("2.0 s");
  expect(row.querySelector(".state.done")).not.toBeNull();
  // Why it takes long is said where one looks, also while its group is folded.
  expect(screen.getByText("The group, about 12 s:").closest("[role=status]")!.textContent).toContain("Everybody is told of it first.");
  // Rows of a group that is folded are drawn when it is unfolded.
  expect(screen.queryByText("The group")).toBeNull();
  await fireEvent.click(screen.getByText("What they may"));
  expect((await screen.findByText("The group")).closest("li")!.querySelector(".state.run")).not.toBeNull();
  // What is slow says why, and how long it usually takes.
  expect(screen.getByText("The group").closest("li")!.textContent).toMatch(/Everybody is told of it first\..* of about 12 s/s);
  const refused = screen.getByText("The policy").closest("li")!;
  expect(refused.querySelector(".state.bad")).not.toBeNull();
  expect(refused.textContent).toContain("failed");
  expect(document.querySelector(".timeline")).toBeNull();
  wizard.show("one");
});

test("hundreds of things are drawn some at a time, and the filter finds those that were not drawn yet", async () => {
  wizard.show("three");
  await screen.findByText(/^1 of 3, /);
  expect(screen.queryByLabelText("Only things with")).toBeNull();
  const resources = (group: number) => Array.from({ length: 60 }, (_, at) => ({ id: `${group}-${at}`, title: "A thing", name: `thing-${group}-${at}`, sentence: "", stand: "make" as const, usual: 0, slow: "" }));
  wizard.step!.views = [{ view: "resources", title: "What this page makes", groups: [0, 1].map((group) => ({ title: `Group ${group}`, sentence: "", resources: resources(group) })) }];
  const filter = (await screen.findByLabelText("Only things with")) as HTMLInputElement;
  const rows = () => document.querySelectorAll("[aria-label='What this page makes'] li:not([hidden])").length;
  // Of the second, which is folded, none are drawn.
  expect(rows()).toBeLessThan(20);
  await waitFor(() => expect(rows()).toBe(12), { timeout: 10_000 });
  screen.getByText(/^12 of 60 are shown\./);
  await fireEvent.click(screen.getByText("Group 1"));
  await screen.findByText("thing-1-0");
  const kept = document.querySelector("[aria-label='What this page makes'] details:not([hidden]) + details li");
  await fireEvent.input(filter, { target: { value: "1-5" } });
  await screen.findByText("thing-1-59");
  // 1-5, and 1-50 to 1-59; in rows that were there.
  expect(rows()).toBe(11);
  expect(screen.getByText("thing-1-5").closest("li")).toBe(kept);
  screen.getByText("11 of 120");
  // What is left over of the first group waits out of sight for the next key.
  const waiting = document.querySelector("[aria-label='What this page makes'] li:nth-child(12)[hidden]")!;
  expect(screen.getByText("Group 0").closest("details")!.hidden).toBe(true);
  await fireEvent.keyDown(filter, { key: "Enter" });
  expect(wizard.step?.state).toBe("running");
  // As many groups unfold as there is something to look at in; the others by a press.
  await fireEvent.input(filter, { target: { value: "thing" } });
  const open = () => [...document.querySelectorAll<HTMLDetailsElement>("[aria-label='What this page makes'] details")].map((group) => group.open);
  expect(open()).toEqual([true, false]);
  await fireEvent.input(filter, { target: { value: "" } });
  await waitFor(() => expect(waiting.matches(":not([hidden])")).toBe(true));
  await fireEvent.click(await screen.findByText("Show all"));
  await waitFor(() => expect(rows()).toBe(60), { timeout: 10_000 });
  await wizard.close();
  await wizard.open("demo");
});

test("what is read by itself says how long that takes", async () => {
  wizard.show("one");
  const step = wizard.step!;
  Object.assign(step, { looking: true, plan: null });
  await screen.findByText("Reading what is there, about 9 s");
  // What the page itself says of it stands in its place.
  step.progress = "Asking three servers";
  await screen.findByText("Asking three servers");
  expect(screen.queryByText(/^Reading what is there/)).toBeNull();
  Object.assign(step, { looking: false, progress: "" });
});

test("a page that has to wait names the pages before it, in one sentence, and leads to each", async () => {
  wizard.show("six");
  const before = await screen.findByRole("button", { name: "People" });
  expect(before.closest("p")!.textContent).toBe("Comes after Roles, People.");
  await fireEvent.click(before);
  expect(wizard.current).toBe("four");
});

test("the bar says how real it is, and its edge is red on a real account in production only", async () => {
  const kept = wizard.context;
  const edge = () => document.querySelector("header")!.classList;
  expect(edge().contains("practice")).toBe(true);
  wizard.context = { ...kept, practice: false, environment: "prod" };
  await screen.findByText("Real account");
  expect(edge().contains("prod")).toBe(true);
  wizard.context = { ...kept, practice: false };
  await waitFor(() => expect(edge().contains("prod") || edge().contains("practice")).toBe(false));
  wizard.context = { ...kept, identities: [] };
  await screen.findByText(/^Not signed in yet/);
  wizard.context = kept;
});

test("the text grows and shrinks by steps, and not beyond them", async () => {
  const size = () => document.documentElement.style.fontSize;
  const press = async (key: string, times: number) => {
    for (let n = 0; n < times; n++) await fireEvent.keyDown(document.body, { key, ctrlKey: true });
  };
  await press("+", 9);
  expect(size()).toBe("200%");
  await press("-", 9);
  expect(size()).toBe("75%");
  await press("0", 1);
  expect(size()).toBe("");
});

test("a log is searched and copied", async () => {
  wizard.show("three");
  await fireEvent.click(await screen.findByText("Log"));
  await waitFor(() => expect(document.querySelector("pre[aria-label=Log]")?.textContent).toContain("Making a role\n"));
  await fireEvent.input(screen.getByLabelText("Only lines with"), { target: { value: "no such" } });
  expect(document.querySelector("pre[aria-label=Log]")?.textContent).toBe("");
  screen.getByText("Copy the log");
  wizard.show("one");
});

test("the last line of a log stays in sight while it grows, and who scrolled up is not moved", async () => {
  wizard.show("three");
  const details = (await screen.findByText("Log")).closest("details")!;
  const box = details.querySelector("pre")!;
  // Nothing is laid out here: a line is 10 high, and the box shows ten.
  const height = () => (box.textContent!.split("\n").length - 1) * 10;
  Object.defineProperty(box, "clientHeight", { get: () => 100 });
  Object.defineProperty(box, "scrollHeight", { get: height });
  const grows = async (lines: number) => {
    for (let line = 0; line < lines; line++) print("three", `line ${line}`);
    await waitFor(() => expect(box.textContent).toMatch(new RegExp(`line ${lines - 1}\n$`)));
  };
  // What was read while it was folded opens at its end.
  await grows(30);
  await fireEvent.click(screen.getByText("Log"));
  await waitFor(() => expect(box.scrollTop).toBe(height()));
  const before = height();
  await grows(40);
  expect(height()).toBe(before + 400);
  await waitFor(() => expect(box.scrollTop).toBe(height()));
  box.scrollTop = 50;
  await fireEvent.scroll(box);
  await grows(20);
  expect(box.scrollTop).toBe(50);
  box.scrollTop = height() - 100;
  await fireEvent.scroll(box);
  await grows(10);
  await waitFor(() => expect(box.scrollTop).toBe(height()));
  wizard.show("one");
});

test("names are copied from tables, from what follows, and from the bar, by keyboard too, and that is said", async () => {
  const taken: string[] = [];
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: async (text: string) => void taken.push(text) } });
  wizard.show("one");
  for (const [label, said] of [["Copy a-name.example.org", "a-name.example.org"], ["Copy a-name-people", "a-name-people"], ["Copy account 1234-5678-9012", "123456789012"], ["Copy region us-east-1", "us-east-1"], ["Copy user somebody", "somebody"]] as const) {
    const button = await screen.findByRole("button", { name: label });
    await fireEvent.click(button);
    await waitFor(() => expect(wizard.said).toBe(`Copied: ${said}`));
    expect(taken.at(-1)).toBe(said);
    expect(button.tabIndex).toBe(0);
  }
  // Words are no names.
  expect(screen.queryByRole("button", { name: "Copy Address" })).toBeNull();
  expect(screen.queryByRole("button", { name: /Copy 6 of/ })).toBeNull();
});

test("the logbook says who did what, newest first, is searched, and saved as a text", async () => {
  wizard.show("three");
  await screen.findByText("Roles: a page of the demonstration");
  await fireEvent.click(await screen.findByLabelText("More"));
  await fireEvent.click(await screen.findByText("Logbook of this page"));
  // It opens on what is said of the page; without that word it has all of it.
  const search = (await screen.findByLabelText("Search the logbook")) as HTMLInputElement;
  expect(search.value).toBe("Roles");
  await screen.findByText("2 of 3 entries");
  await fireEvent.input(search, { target: { value: "" } });
  await screen.findByText("3 entries");
  const rows = [...document.querySelectorAll("dialog li")].map((row) => row.textContent);
  expect(rows[0]).toContain("The policy was refused.");
  expect(rows[0]).toContain("somebody, as somebody");
  expect(document.body.textContent).not.toContain("Looked");
  await fireEvent.click(screen.getByLabelText("Also where it only looked"));
  await screen.findByText("4 entries");
  await fireEvent.input(search, { target: { value: "account done" } });
  await fireEvent.click(screen.getByText("Save as a file…"));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]![0]).toBe("logbook of a-name.txt");
  expect(saved[0]![1]).toMatch(/^28 Nov 2026 11:58:40 {2}Account: Done\. All is there\. \[somebody, as arn:.*\]\n.*Not done yet/s);
  await fireEvent.keyDown(search, { key: "Escape" });
  expect(document.querySelector("dialog")).toBeNull();
  wizard.show("one");
});

test("work is stopped only once that was asked and answered", async () => {
  wizard.show("three");
  await fireEvent.click(await screen.findByRole("button", { name: "Stop…" }));
  await screen.findByText(/^Stop now\? What was made so far stays/);
  // Where “Stop…” was, at the end, is what goes on: a double press stops nothing.
  expect([...document.querySelectorAll("footer .column > button")].map((button) => button.textContent)).toEqual(["Stop it", "Keep going"]);
  expect(wizard.step?.state).toBe("running");
  await fireEvent.click(screen.getByRole("button", { name: "Keep going" }));
  expect(screen.queryByText(/^Stop now\?/)).toBeNull();
  // Time for an order to stop, had one been given.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(wizard.step?.state).toBe("running");
  await fireEvent.click(screen.getByRole("button", { name: "Stop…" }));
  await fireEvent.click(screen.getByRole("button", { name: "Stop it" }));
  await waitFor(() => expect(wizard.step?.state).toBe("ready"));
  await wizard.close();
  await wizard.open("demo");
});

test("the page that is shown is looked at again when the window gets the focus", async () => {
  const visited: string[] = [];
  const visit = backend.visit;
  backend.visit = async (step) => void visited.push(step);
  try {
    wizard.show("two");
    await waitFor(() => expect(visited).toEqual(["two"]));
    await fireEvent.focus(window);
    await waitFor(() => expect(visited).toEqual(["two", "two"]));
    // On the list of deployments nothing is looked at.
    await wizard.close();
    await fireEvent.focus(window);
    expect(visited).toEqual(["two", "two"]);
  } finally {
    backend.visit = visit;
  }
  await wizard.open("demo");
});

test("a card's text is put on the clipboard, and the card says so", async () => {
  const taken: string[] = [];
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: async (text: string) => void taken.push(text) } });
  wizard.show("three");
  const button = await screen.findByRole("button", { name: "Copy the reminder: A thing" });
  await fireEvent.click(button);
  await waitFor(() => expect(button.closest("li")!.querySelector("[role=status]")!.textContent).toBe("Copied"));
  expect(taken).toEqual(["Could you?"]);
  expect(wizard.said).toBe("Copied: A thing");
  wizard.show("one");
});

test("the colours and the size that were chosen hold in the next window too", async () => {
  await fireEvent.keyDown(document.body, { key: ",", ctrlKey: true });
  await fireEvent.click(await screen.findByLabelText("Dark"));
  await fireEvent.click(screen.getByLabelText("Close"));
  await fireEvent.keyDown(document.body, { key: "+", ctrlKey: true });
  // A new window begins with what is usual.
  const next = () => {
    document.documentElement.style.fontSize = "";
    delete document.documentElement.dataset["theme"];
    settings.theme = "system";
    settings.size = 100;
    settings.restore();
    return [document.documentElement.dataset["theme"], document.documentElement.style.fontSize];
  };
  expect(next()).toEqual(["dark", "112.5%"]);
  await fireEvent.keyDown(document.body, { key: "0", ctrlKey: true });
  await fireEvent.keyDown(document.body, { key: ",", ctrlKey: true });
  await fireEvent.click(await screen.findByLabelText("As the system"));
  await fireEvent.click(screen.getByLabelText("Close"));
  expect(next()).toEqual([undefined, ""]);
});

test("the settings say where things are kept, and are apart from what Hubwright is", async () => {
  await fireEvent.keyDown(document.body, { key: ",", ctrlKey: true });
  await waitFor(() => expect(document.querySelector("dialog")?.textContent).toContain("/home/somebody/.local/share/hubwright"));
  await fireEvent.click(screen.getByLabelText("Open the folder: Everything"));
  await waitFor(() => expect(opened).toEqual([0]));
  await fireEvent.click(screen.getByLabelText("Dark"));
  expect(document.documentElement.dataset["theme"]).toBe("dark");
  await fireEvent.click(screen.getByLabelText("As the system"));
  await fireEvent.click(screen.getByLabelText("Close"));
  await fireEvent.keyDown(document.body, { key: "?" });
  await screen.findByText("Licences");
  expect(screen.queryByText("Colours")).toBeNull();
  await fireEvent.click(screen.getByLabelText("Close"));
});

test("the first of each word that not everybody knows is marked on a page, and explained by pointing and by a press", async () => {
  wizard.show("one");
  await screen.findByText("Name: a page of the demonstration");
  const why = () => document.querySelector(".why")!;
  await waitFor(() => expect(why().querySelectorAll(".term")).toHaveLength(1));
  // The second `role` is not marked, nor is what stands in code; what helps with a field is marked too.
  await waitFor(() => expect([...document.querySelectorAll("#field-name-help .term")].map((term) => term.textContent)).toEqual(["policies"]));
  expect(why().textContent).toContain("It has roles, a role and policy.");
  const word = screen.getByRole("button", { name: "roles" });
  // Whoever walks by Tab only passes: the explanation would cover what stands below.
  word.focus();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(screen.queryByRole("tooltip")).toBeNull();
  // A browser makes a click of Enter and of the space bar on a button.
  await fireEvent.click(word);
  const means = await screen.findByRole("tooltip");
  expect(means.textContent).toContain("A set of rights. Somebody takes it on.");
  expect(word.getAttribute("aria-describedby")).toBe(means.id);
  expect(wizard.said).toBe("role: A set of rights. Somebody takes it on.");
  await fireEvent.keyDown(word, { key: "Escape" });
  expect(screen.queryByRole("tooltip")).toBeNull();
  await fireEvent.click(word);
  await screen.findByRole("tooltip");
  word.blur();
  await waitFor(() => expect(screen.queryByRole("tooltip")).toBeNull());
  await fireEvent.click(word);
  await fireEvent.pointerDown(await screen.findByRole("tooltip"));
  await screen.findByRole("tooltip");
  await fireEvent.pointerDown(document.body);
  expect(screen.queryByRole("tooltip")).toBeNull();
  await fireEvent.mouseEnter(word.parentElement!);
  await screen.findByRole("tooltip");
  await fireEvent.mouseLeave(word.parentElement!);
  await waitFor(() => expect(screen.queryByRole("tooltip")).toBeNull());
  await fireEvent.mouseEnter(word.parentElement!);
  await fireEvent.click(word);
  await fireEvent.mouseLeave(word.parentElement!);
  await screen.findByRole("tooltip");
  await fireEvent.click(word);
  expect(screen.queryByRole("tooltip")).toBeNull();
  // Names and addresses are no words.
  expect(glossary.split("a-name-role, role/x and role.example.org").some((piece) => piece.term)).toBe(false);
  expect(glossary.split("Policies").map((piece) => piece.term?.word)).toEqual(["policy"]);
  // All of them are a page too, found as pages are.
  await fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  const wanted = await screen.findByLabelText("Name of the page");
  await fireEvent.input(wanted, { target: { value: "words" } });
  await fireEvent.keyDown(wanted, { key: "Enter" });
  await fireEvent.input(await screen.findByLabelText("Search the words"), { target: { value: "attached" } });
  expect(document.querySelectorAll("dialog dt")).toHaveLength(1);
  await fireEvent.click(screen.getByLabelText("Close"));
});

test("a typed secret leaves the page when its field is left", async () => {
  const secret = (await screen.findByLabelText("Password")) as HTMLInputElement;
  await fireEvent.input(secret, { target: { value: "canary-value" } });
  await fireEvent.blur(secret);
  await waitFor(() => expect(wizard.step?.values["secret"]).toMatchObject({ is_set: true }));
  expect(document.body.innerHTML).not.toContain("canary-value");
  expect(secret.value).toBe("");
});

test("markup in a log or a problem stays text", async () => {
  wizard.trouble = { severity: "error", field: null, what: "<img src=x onerror=alert(1)>", fix: "<b>no</b>", detail: [], link: null, offer: null, leads: null };
  await screen.findByText("<img src=x onerror=alert(1)>");
  expect(document.querySelector("img")).toBeNull();
  wizard.trouble = null;
});

test("dropped and chosen files are added to the page's field, each once", async () => {
  wizard.show("one");
  await wizard.edit("files", []);
  const files = (await screen.findByLabelText("Files")) as HTMLTextAreaElement;
  drag({ type: "over" });
  await screen.findByText("Drop the files here");
  drag({ type: "away" });
  await screen.findByText("Choose files…");
  drag({ type: "dropped", paths: ["/tmp/hub.crt"] });
  await waitFor(() => expect(files.value).toBe("/tmp/hub.crt"));
  await fireEvent.click(screen.getByText("Choose files…"));
  await waitFor(() => expect(files.value).toBe("/tmp/hub.crt\n/home/somebody/hub.key"));
  drag({ type: "dropped", paths: ["/tmp/hub.crt"] });
  expect(wizard.step?.values["files"]).toEqual(["/tmp/hub.crt", "/home/somebody/hub.key"]);
});

test("the field for paths is as high as they are, also where a long one wraps", async () => {
  const files = (await screen.findByLabelText("Files")) as HTMLTextAreaElement;
  // Nothing is laid out here: 50 letters a line, a line is 20 high, and the field has two of them.
  Object.defineProperty(files, "clientHeight", { get: () => 40 });
  Object.defineProperty(files, "offsetHeight", { get: () => 42 });
  Object.defineProperty(files, "scrollHeight", { get: () => Math.max(40, 20 * files.value.split("\n").reduce((lines, line) => lines + Math.ceil(line.length / 50), 0)) });
  await fireEvent.input(files, { target: { value: `/tmp/${"long/".repeat(20)}hub.crt\n/tmp/hub.key` } });
  await waitFor(() => expect(files.style.height).toBe("82px"));
  await fireEvent.input(files, { target: { value: "/tmp/hub.crt\n/home/somebody/hub.key" } });
  await waitFor(() => expect(files.style.height).toBe(""));
  await fireEvent.blur(files);
});

test("a chip says what a chosen file is, and leaves it out", async () => {
  await fireEvent.click(screen.getByLabelText("Leave out hub.crt"));
  await waitFor(() => expect(wizard.step?.values["files"]).toEqual(["/home/somebody/hub.key"]));
  expect(screen.getByText("Came back").closest("li")!.querySelector(".state.wait")).not.toBeNull();
});

test("what waits for others is violet, and its page leads elsewhere", () => {
  const [one] = script().flatMap((chapter) => chapter.steps);
  const problem = { ...one!.problems[0]!, severity: "waiting" as const };
  expect(standing({ ...one!, state: "blocked", problems: [problem] })).toMatchObject({ shape: "wait" });
  expect(standing({ ...one!, state: "blocked", problems: [problem, one!.problems[0]!] })).toMatchObject({ shape: "bad" });
});

test("a mail is drafted by the mail program, where there is one", async () => {
  wizard.show("three");
  await fireEvent.click(await screen.findByLabelText("More: A thing"));
  await fireEvent.click(await screen.findByText("Open a mail draft"));
  await waitFor(() => expect(drafts).toEqual(["the desk: A thing"]));
  wizard.mails = false;
  await fireEvent.click(screen.getByLabelText("More: A thing"));
  await screen.findByText("Save the text…");
  expect(screen.queryByText("Open a mail draft")).toBeNull();
  wizard.show("one");
});

test("a pasted secret leaves the page too", async () => {
  const pasted = (await screen.findByLabelText("Pasted")) as HTMLTextAreaElement;
  await fireEvent.input(pasted, { target: { value: "-----BEGIN canary" } });
  await fireEvent.blur(pasted);
  await waitFor(() => expect(wizard.step?.values["pasted"]).toMatchObject({ is_set: true }));
  expect(pasted.value).toBe("");
});

test("what is lost for good is removed only by the deployment's name, and Escape keeps it", async () => {
  wizard.show("two");
  await screen.findByText("All is there.");
  await fireEvent.click(screen.getByLabelText("More"));
  await fireEvent.click(await screen.findByText("Remove…"));
  const name = (await screen.findByLabelText(/type the deployment's name/)) as HTMLInputElement;
  screen.getByText("group somebody-made");
  await waitFor(() => expect(document.activeElement).toBe(name));
  const remove = screen.getByRole("button", { name: "Remove" }) as HTMLButtonElement;
  await fireEvent.input(name, { target: { value: "another-name" } });
  expect(remove.disabled).toBe(true);
  await fireEvent.keyDown(name, { key: "Enter" });
  expect(wizard.step?.state).toBe("done");
  await fireEvent.keyDown(name, { key: "Escape" });
  expect(screen.queryByRole("alertdialog")).toBeNull();
  await fireEvent.click(screen.getByLabelText("More"));
  await fireEvent.click(await screen.findByText("Remove…"));
  await fireEvent.input(await screen.findByLabelText(/type the deployment's name/), { target: { value: "a-name" } });
  await fireEvent.click(screen.getByRole("button", { name: "Remove" }));
  await waitFor(() => expect(wizard.step?.state).toBe("ready"));
});

test("the switch shows the pages of another environment, the same one where it has its own, and leaves what is shared", async () => {
  wizard.show("five");
  const live = await screen.findByRole("button", { name: "live" });
  expect(wizard.steps.map((step) => step.id)).not.toContain("live.five");
  await fireEvent.click(live);
  await waitFor(() => expect(wizard.context.environment).toBe("live"));
  expect(wizard.current).toBe("live.five");
  expect(wizard.steps.map((step) => step.id)).toEqual(["one", "two", "three", "four", "live.five", "six"]);
  expect(live.getAttribute("aria-pressed")).toBe("true");
  wizard.show("two");
  await fireEvent.click(screen.getByRole("button", { name: "staging" }));
  await waitFor(() => expect(wizard.context.environment).toBe("staging"));
  expect(wizard.current).toBe("two");
});

test("a page of another environment is found by its environment's name", async () => {
  await fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
  const wanted = await screen.findByLabelText("Name of the page");
  await fireEvent.input(wanted, { target: { value: "live addr" } });
  await fireEvent.keyDown(wanted, { key: "Enter" });
  await waitFor(() => expect(wizard.current).toBe("live.five"));
  await waitFor(() => expect(wizard.context.environment).toBe("live"));
  wizard.showEnvironment("staging");
  await waitFor(() => expect(wizard.current).toBe("five"));
});

test("the whole way names what is done by hand, and counts it as not done", async () => {
  await fireEvent.click(screen.getByText("Journey"));
  await screen.findByRole("heading", { name: "The whole way" });
  screen.getByText(/^\d of 7 steps$/);
  screen.getByText("1 step is still to do by hand, so the hub is not finished when these pages are.", { exact: false });
  screen.getByText("about 2 hours by hand");
  // What it costs is an estimate, with its parts.
  const cost = await screen.findByRole("region", { name: "What it costs" });
  expect(cost.textContent).toMatch(/This is an estimate\..*What it is made of.*Cluster\$7\.30\$0\.01 an hour/s);
  expect(screen.getAllByText(/day 10 of about 7/)).toHaveLength(2);
  // Here too the first of each word that not everybody knows is marked, and no other.
  const marked = () => [...document.querySelectorAll(".journey .term")].map((term) => term.textContent);
  await waitFor(() => expect(marked()).toEqual(["role"]));
  await fireEvent.click(screen.getByLabelText("Open Name"));
  await screen.findByText("Name: a page of the demonstration");
});

test("“Add an environment” leads to the field that names them", async () => {
  wizard.show("two");
  await fireEvent.click(await screen.findByLabelText("Add an environment"));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("People")));
  expect(wizard.current).toBe("one");
});

test("who opens one in which nothing is next sees the whole way, and practice ends there without a filled button", async () => {
  await wizard.close();
  const { subscribe } = backend;
  Object.assign(backend, {
    subscribe: async (heard: Parameters<typeof subscribe>[0]) => {
      const snapshot = await subscribe(heard);
      for (const step of snapshot.chapters.flatMap((chapter) => chapter.steps)) step.state = "done";
      return { ...snapshot, page: null };
    },
  });
  await wizard.open("demo");
  Object.assign(backend, { subscribe });
  expect(wizard.journey).toBe(true);
  await screen.findByText("Practice ends here.");
  expect(screen.getByRole("button", { name: "Show how" }).classList).not.toContain("primary");
  await fireEvent.click(screen.getByRole("button", { name: "Start a real deployment" }));
  await waitFor(() => expect(wizard.deployment).toBeNull());
  expect(((await screen.findByRole("radio", { name: /Real account/ })) as HTMLInputElement).checked).toBe(true);
  await wizard.open("demo");
});

test("after the last page comes what there is now, and what is next by hand", async () => {
  for (const step of wizard.everyStep) step.state = "done";
  wizard.show(wizard.steps.at(-1)!.id);
  await fireEvent.click(await screen.findByText("Go to Journey"));
  const there = await screen.findByRole("region", { name: "What there is now" });
  for (const step of wizard.steps.filter((step) => step.acts)) expect(there.textContent).toContain(step.short);
  // A chapter of which only steps by hand are left is not ticked.
  const mark = () => document.querySelector("nav button.chapter:not(.journey) [role=img]")?.getAttribute("aria-label");
  expect(mark()).toBe("done");
  const [first, second] = wizard.chapters;
  expect(second!.by_hand.length).toBeGreaterThan(0);
  first!.by_hand.push(...second!.by_hand);
  await waitFor(() => expect(mark()).toBe("by hand for now"));
  const next = screen.getByText(/^In a real account, next by hand: /);
  expect(next.compareDocumentPosition(there)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  // It leads there, and what is done by hand is ticked by whoever did it.
  first!.by_hand.splice(0);
  expect(document.querySelectorAll("button.primary")).toHaveLength(1);
  await fireEvent.click(screen.getByRole("button", { name: "Show how" }));
  const how = document.getElementById("hand-last") as HTMLDetailsElement;
  await waitFor(() => expect(how.open && document.activeElement === how.querySelector("summary")).toBe(true));
  // How it is done is there in our own words and in the guide's, with each command to copy, and what has changed since.
  const copies = await waitFor(() => {
    const names = within(how).getAllByRole("button", { hidden: true }).map((button) => button.getAttribute("aria-label"));
    expect(names).toEqual(["Copy last --region somewhere", "Copy end"]);
    return names;
  });
  expect(copies).toHaveLength(2);
  const told = screen.getByText("Show what the guide says").closest("details")!;
  expect(told.open).toBe(false);
  for (const text of ["The institution’s guide, lines 8 to 9", "What has changed since it was written", "There is no end any more.", "Then it is done."]) expect(told.textContent).toContain(text);
  // In practice there is nothing to tick, and that is said where the button would be.
  expect(screen.queryByText("Mark as done")).toBeNull();
  expect(how.textContent).toContain("Nothing of this is in a practice account, so it is not ticked here.");
  real(true);
  await screen.findByText(/^Next, by hand: /);
  await fireEvent.click(await screen.findByRole("button", { name: "Mark as done: The last thing" }));
  await waitFor(() => expect(screen.queryByText(/^Next, by hand: /)).toBeNull());
  // It is what a person said: not the tick of what was looked at.
  expect(how.querySelector("summary .state.said")?.getAttribute("aria-label")).toContain("done by hand, as you said");
  expect(how.querySelector("summary .state.done")).toBeNull();
  await fireEvent.click(screen.getByRole("button", { name: "It is not done: The last thing" }));
  await screen.findByText(/^Next, by hand: /);
  // What to keep says where it is, and a place that is a name can be copied; what runs out says when, and what is due stands out.
  const kept = await screen.findByRole("region", { name: "Keep this" });
  expect(kept.textContent).toContain("This computer’s keychain");
  expect([...kept.querySelectorAll("button")].map((button) => button.textContent)).toEqual(["https://staging.example.org"]);
  const dates = screen.getByRole("region", { name: "What runs out, and when" });
  expect([...dates.querySelectorAll("li")].map((row) => row.querySelector(".when")?.textContent)).toEqual(["14 Nov 2027", "3 Nov 2026"]);
  expect(dates.querySelectorAll(".state.ask")).toHaveLength(1);
  // Another environment has its own.
  wizard.showEnvironment("live");
  await screen.findByRole("button", { name: "Copy https://live.example.org" });
  wizard.showEnvironment("staging");
});

test("a page is not offered before what is done by hand first, and what is done by hand in between is said", async () => {
  await wizard.close();
  await wizard.open("demo");
  const [first, second] = wizard.chapters;
  wizard.context.practice = false;
  wizard.context.by_hand = "between";
  const hand = { ...second!.by_hand[0]!, id: "between", title: "A thing between", done: [] };
  first!.by_hand.push(hand);
  for (const step of first!.steps) Object.assign(step, { state: "done", problems: [], views: [] });
  wizard.show("two");
  const next = wizard.next!;
  expect(second!.steps).toContain(next);
  await screen.findByText(`Go on with ${next.short}`);
  await fireEvent.click([...document.querySelectorAll("footer button")].find((button) => button.textContent === "A thing between")!);
  await waitFor(() => expect(wizard.journey && wizard.hand).toBe("between"));
  // Where the rest comes after it, the way by hand is what is offered.
  for (const step of second!.steps) Object.assign(step, { state: "ready", by_hand: ["A thing between"], waits_for: [] });
  wizard.show("two");
  await fireEvent.click(await screen.findByText("Next, by hand: A thing between"));
  expect(wizard.journey).toBe(true);
  wizard.show(second!.steps[0]!.id);
  expect((await screen.findByText(/Comes after/)).textContent).toContain("A thing between");
  // What is ticked out of order says what comes before it, and offers to tick that too.
  await wizard.showByHand(second!.by_hand[0]!);
  const how = document.getElementById("hand-last") as HTMLDetailsElement;
  await waitFor(() => expect(how.textContent).toContain("Comes after 1 step not marked as done: A thing between."));
  within(how).getByText("Mark only this as done");
  within(how).getByText("Mark those before it too");
  real(false);
});

test("what went with the practice account is said once, and made again by one press", async () => {
  wizard.show("two");
  expect(screen.queryByText("Build it up again")).toBeNull();
  forget(["two", "four"]);
  const again = await screen.findByRole("button", { name: "Build it up again" });
  expect([...document.querySelectorAll("button.primary")]).toEqual([again]);
  await fireEvent.click(again);
  // The pages are ticked as they are done, and nothing is offered meanwhile.
  await waitFor(() => expect(document.querySelector(".lost .state.run")).not.toBeNull());
  expect(screen.queryByText("Build it up again")).toBeNull();
  await waitFor(() => expect(document.querySelectorAll(".lost .state.done")).toHaveLength(1));
  await waitFor(() => expect(document.querySelector(".lost")).toBeNull());
});

test("a text that needs nothing is one piece, and what was looked up for a text is not looked up again", () => {
  const { container } = render(Words, { text: "The repository roman-sit-secrets-of-many, as said.", terms: true });
  expect([...container.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent)).toHaveLength(1);
  expect(container.children).toHaveLength(0);
  expect(glossary.split("It has a role.")).toBe(glossary.split("It has a role."));
});

test("a long name breaks at its own joints, not at a hyphen", async () => {
  const { container } = render(Words, { text: "It is roman-sit-and-more.science.example.org, as said." });
  expect(container.textContent).toBe("It is roman-sit-and-more.science.example.org, as said.");
  expect([...container.querySelectorAll("span")].map((piece) => piece.textContent)).toEqual(["roman-sit-and-more.", "science.", "example.", "org,"]);
  expect(container.querySelectorAll("wbr")).toHaveLength(3);
});

test("the way to leave a file out stands on that file, with the reason", async () => {
  await wizard.open("demo");
  wizard.show("one");
  const button = await screen.findByRole("button", { name: "Leave notes.txt out" });
  const chip = button.closest("li")!;
  expect(chip.textContent).toContain("There is nothing to use in notes.txt.");
  expect(screen.getAllByText("There is nothing to use in notes.txt.")).toHaveLength(1);
  await fireEvent.click(button);
  await waitFor(() => expect(wizard.step?.values["files"]).toEqual(["/tmp/hub.crt"]));
});

test("what is known already is one line, which unfolds by a press, for a problem, and for whoever is led to it", async () => {
  await wizard.close();
  await wizard.open("demo");
  wizard.show("one");
  const card = await screen.findByRole("region", { name: "From the profile An institution" });
  expect(card.textContent).toMatch(/Domain\s*example\.org/);
  expect(screen.queryByLabelText("Domain")).toBeNull();
  expect(screen.getByRole("region", { name: "What carries it" }).textContent).toContain("a-name-people +1");
  await fireEvent.click(screen.getByRole("button", { name: "Change: From the profile An institution" }));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Domain")));
  // What is wrong in it is never folded away.
  await wizard.close();
  await wizard.open("demo");
  wizard.show("one");
  expect(screen.queryByLabelText("Domain")).toBeNull();
  wizard.step!.problems.push({ severity: "error", field: "zone", what: "This is no domain.", fix: "Correct it.", detail: [], link: null, offer: null, leads: null });
  await screen.findByText("This is no domain.");
  expect(screen.getByLabelText("Domain")).toBeTruthy();
});

test("people are chips: Enter and comma add, Backspace and a press take off, whom the account has can be picked", async () => {
  await wizard.open("demo");
  wizard.show("one");
  const input = (await screen.findByRole("combobox", { name: "Who may act" })) as HTMLInputElement;
  const chips = () => [...document.querySelectorAll("ul[aria-label='Who may act'] li")].map((chip) => chip.textContent?.trim());
  const entered = () => wizard.step?.values["users"];
  expect(chips()).toEqual(["somebody"]);
  await fireEvent.input(input, { target: { value: "first" } });
  await fireEvent.keyDown(input, { key: "Enter" });
  // Two follow each other faster than the backend answers, and one stands in the field when the page is acted on.
  await fireEvent.input(input, { target: { value: "second," } });
  await fireEvent.input(input, { target: { value: "third" } });
  await wizard.flush();
  expect(entered()).toEqual(["somebody", "first", "second", "third"]);
  await fireEvent.keyDown(input, { key: "Backspace" });
  await fireEvent.click(screen.getByLabelText("Take first off"));
  await waitFor(() => expect(entered()).toEqual(["somebody", "second"]));
  // Who is there already is not offered; the arrows choose, Escape hides the offers and keeps what is typed.
  await fireEvent.input(input, { target: { value: "body" } });
  const offers = () => [...document.querySelectorAll("[role=option]")].map((offer) => offer.textContent);
  expect(offers()).toEqual(["anybody", "nobody"]);
  await fireEvent.keyDown(input, { key: "Escape" });
  expect(offers()).toEqual([]);
  expect(input.value).toBe("body");
  await fireEvent.keyDown(input, { key: "ArrowDown" });
  await fireEvent.keyDown(input, { key: "ArrowDown" });
  expect(document.getElementById(input.getAttribute("aria-activedescendant")!)?.textContent).toBe("nobody");
  await fireEvent.keyDown(input, { key: "Enter" });
  await waitFor(() => expect(entered()).toEqual(["somebody", "second", "nobody"]));
  // Who is not in the account stands out, where the problem names them.
  wizard.step!.problems.push({ severity: "error", field: "users", what: "The account has no IAM user `second`.", fix: "Correct it.", detail: [], link: null, offer: null, leads: null });
  await waitFor(() => expect(document.querySelector("li.wrong")?.textContent).toContain("second"));
  expect(wizard.step!.state).toBe("ready");
});

test("everything is removed page by page from the question whether to delete it, by the name only, and stops at the first that stays", async () => {
  await wizard.close();
  stubborn.push("two");
  await fireEvent.click(await screen.findByLabelText("More: a-name"));
  await fireEvent.click(screen.getByText("Delete…"));
  expect(await screen.findByText("The private key of the certificate.")).toBeTruthy();
  await fireEvent.click(await screen.findByText("Remove everything it made…"));
  const list = async () => [...(await screen.findByRole("group", { name: "What goes" })).querySelectorAll("ol > li")].map((page) => `${page.querySelector("summary")!.textContent}, ${page.querySelector("[role=img]")!.getAttribute("aria-label")}`);
  expect(await list()).toEqual(["Address (live): 1 thing, there", "Roles: 2 things, there"]);
  screen.getByText("Roles: AWS keeps a key for 30 days.");
  screen.getByText("Nobody can bring it back.");
  const button = screen.getByRole("button", { name: "Remove all of it" }) as HTMLButtonElement;
  expect(button.disabled).toBe(true);
  await fireEvent.input(screen.getByLabelText(/type the deployment/), { target: { value: "a-name" } });
  // What is asked for is the deployment, each page by the run that found it, and the name as it was typed.
  const { removeEverything } = backend;
  const asked: unknown[] = [];
  Object.assign(backend, {
    removeEverything: async (...args: Parameters<typeof removeEverything>) => {
      asked.push(...args.slice(0, 3));
      args[3]([{ seq: 0, step: "five", type: "asked", text: "Sign in again." }]);
      await screen.findByText("Sign in again.");
      return removeEverything(...args);
    },
  });
  await fireEvent.click(button);
  await screen.findByText("Removing two");
  Object.assign(backend, { removeEverything });
  expect(asked).toEqual(["demo", [["five", 11], ["two", 12]], "a-name"]);
  expect(await list()).toEqual(["Address (live): 1 thing, removed", "Roles: 2 things, at work"]);
  await screen.findByText("It is held.");
  expect(await list()).toEqual(["Address (live): 1 thing, removed", "Roles: 2 things, not removed"]);
  stubborn.pop();
  // What a removal left behind stands beside its page.
  screen.getByText("Removed. A person's edits stay: /tmp/copy.");
  // Whoever closes it is back at the list, and not asked whether to delete what is still there.
  await fireEvent.click(screen.getByText("Close"));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a removal that goes on behind its closed dialog is on the card, can be stopped after a page, and its end leads to Delete", async () => {
  await wizard.close();
  const { removeEverything, stopRemoving } = backend;
  let end: (removed: Removed) => void = () => {};
  const stopped: string[] = [];
  Object.assign(backend, {
    removeEverything: (_id: string, _pages: unknown, _name: string, heard: (events: Event[]) => void) => {
      for (const step of ["five", "two"]) heard([{ seq: 0, step, type: "progress", text: `Removing ${step}` }]);
      return new Promise<Removed>((ended) => (end = ended));
    },
    stopRemoving: async (id: string) => void stopped.push(id),
  });
  await fireEvent.click(await screen.findByLabelText("More: a-name"));
  await fireEvent.click(screen.getByText("Delete…"));
  await fireEvent.click(await screen.findByText("Remove everything it made…"));
  await fireEvent.input(await screen.findByLabelText(/type the deployment/), { target: { value: "a-name" } });
  await fireEvent.click(screen.getByRole("button", { name: "Remove all of it" }));
  await screen.findByText(/^Being removed: 1 of 2 pages/);
  await waitFor(() => expect(document.activeElement).not.toBe(document.body));
  await fireEvent.click(screen.getByText("Stop after this page"));
  expect(stopped).toEqual(["demo"]);
  await screen.findByText("Stops after this page");
  await fireEvent.click(screen.getByText("Close"));
  expect(screen.queryByRole("dialog")).toBeNull();
  // The card says it in place of what would make it again.
  await screen.findByText("Being removed: 1 of 2");
  expect(screen.queryByText("Next: Name")).toBeNull();
  await fireEvent.click(screen.getByLabelText("More: a-name"));
  await fireEvent.click(screen.getByText("Delete…"));
  await screen.findByText(/^Being removed: 1 of 2 pages/);
  await fireEvent.click(screen.getByText("Close"));
  end({ gone: [["five", "Removed."], ["two", "Removed. Its key is deleted for good on 29 Dec."]], stopped: [], said: "Everything that was listed is removed. Its key is deleted for good on 29 Dec." });
  expect((await screen.findAllByText("Everything that was listed is removed. Its key is deleted for good on 29 Dec.")).some((one) => one.closest("li"))).toBe(true);
  await fireEvent.click(screen.getByLabelText("Show the removal of a-name"));
  await fireEvent.click(await screen.findByText("Delete it from this computer…"));
  await fireEvent.click(await screen.findByText("Keep it"));
  Object.assign(backend, { removeEverything, stopRemoving });
});

test("a deployment of which everything is removed is not the one to go on with, and offers to be deleted", async () => {
  await wizard.close();
  const { deployments } = backend;
  const start = await deployments();
  const known = start.deployments.map((one) => ({ ...one, removed: one.id === "demo", lines: [{ state: "arrived" as const, text: "Everything it made is removed." }] }));
  Object.assign(backend, { deployments: async () => ({ ...start, deployments: known }) });
  await wizard.open("demo");
  await wizard.close();
  await screen.findAllByText("Everything it made is removed.");
  expect(screen.getByRole("button", { name: "Open a-name" }).classList).not.toContain("primary");
  await fireEvent.click(screen.getByRole("button", { name: "Delete a-name from this computer" }));
  await fireEvent.click(await screen.findByText("Keep it"));
  Object.assign(backend, { deployments });
  await wizard.open("demo");
  await wizard.close();
});

/** Asks what there is of everything, where the backend says this of it. */
async function askedFor(answer: () => Promise<Everything>) {
  await wizard.close();
  const before = backend.everything;
  Object.assign(backend, { everything: answer });
  await fireEvent.click(await screen.findByLabelText("More: a-name"));
  await fireEvent.click(screen.getByText("Delete…"));
  await fireEvent.click(await screen.findByText("Remove everything it made…"));
  return () => Object.assign(backend, { everything: before });
}

test("that nothing is there is said only where everything was looked at", async () => {
  for (const [nothing, said, not] of [
    [true, "Nothing that Hubwright made for it is in the account.", "Nothing can be removed now."],
    [false, "Nothing can be removed now.", "Nothing that Hubwright made for it is in the account."],
  ] as const) {
    const restore = await askedFor(async () => ({ pages: [], stops: [], stays: ["Roles: nobody looked."], nothing, name: "a-name" }));
    await screen.findByText(said);
    expect(screen.queryByText(not)).toBeNull();
    restore();
    await fireEvent.click(screen.getByText("Close"));
    await fireEvent.click(await screen.findByText("Keep it"));
  }
});

test("a look at what is there ends where it is closed, and a problem leads to its page of the deployment", async () => {
  let restore = await askedFor(() => new Promise(() => {}));
  await screen.findByText("Looking: 3 of 6, Roles");
  const { stopLooking } = backend;
  const stopped: string[] = [];
  Object.assign(backend, { stopLooking: async (id: string) => void stopped.push(id) });
  await fireEvent.click(await screen.findByText("Close"));
  expect(stopped).toEqual(["demo"]);
  restore();
  Object.assign(backend, { stopLooking });
  await fireEvent.click(await screen.findByText("Keep it"));
  const stop = { severity: "error" as const, field: null, what: "It is held.", fix: "Let it go.", detail: [], link: null, offer: null, leads: { label: "Go to Account", page: "two", removes: false } };
  restore = await askedFor(async () => ({ pages: [], stops: [stop], stays: [], nothing: false, name: "a-name" }));
  await fireEvent.click(await screen.findByText("Go to Account"));
  restore();
  await waitFor(() => expect([wizard.deployment, wizard.current]).toEqual(["demo", "two"]));
});

test("what would remain is listed by page, and a deployment with something left is deleted by its name only", async () => {
  await wizard.close();
  await fireEvent.click(await screen.findByLabelText("More: a-name"));
  await fireEvent.click(screen.getByText("Delete…"));
  // Each page with its count, folded; where one page alone left something, it is open.
  const pages = async () => [...(await screen.findByRole("group", { name: "What would remain" })).querySelectorAll("details")];
  expect((await pages()).map((page) => page.querySelector("summary")!.textContent)).toEqual(["Roles: 2 things", "Address (live): 1 thing"]);
  expect((await pages()).map((page) => page.open)).toEqual([false, false]);
  await fireEvent.click(screen.getByText("Roles: 2 things"));
  expect((await pages())[0]!.open).toBe(true);
  expect(screen.getByText("group a-name-people").closest("details")).toBe((await pages())[0]);
  const button = screen.getByRole("button", { name: "Delete it" }) as HTMLButtonElement;
  expect(button.disabled).toBe(true);
  const name = screen.getByLabelText(/type the deployment/);
  await waitFor(() => expect(document.activeElement).toBe(name));
  await fireEvent.input(name, { target: { value: "a-nam" } });
  expect(button.disabled).toBe(true);
  await fireEvent.input(name, { target: { value: "a-name" } });
  await fireEvent.click(button);
  await waitFor(() => expect(screen.queryByLabelText("More: a-name")).toBeNull());
  // Where nothing is left, nothing need be typed.
  await fireEvent.click(screen.getByText(/^Put away/));
  await fireEvent.click(screen.getByLabelText("More: b-name"));
  await fireEvent.click(screen.getByText("Delete…"));
  await screen.findByText("Nothing of it is in the account.");
  expect(screen.queryByLabelText(/type the deployment/)).toBeNull();
});

test("what takes long at a first start is said as it goes, and can be stopped", async () => {
  await wizard.close();
  let end = (_opened: boolean) => {};
  const { open, opening, cancelOpen } = backend;
  Object.assign(backend, {
    open: () => new Promise<boolean>((resolve) => (end = resolve)),
    opening: async () => "Downloading and installing it. This is done once.",
    cancelOpen: async () => end(false),
  });
  const opened = wizard.open("demo");
  await screen.findByText("Opening the deployment.");
  await screen.findByText("Downloading and installing it. This is done once.");
  await fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await opened;
  expect([wizard.deployment, wizard.opening, wizard.trouble]).toEqual([null, "", null]);
  await screen.findByRole("button", { name: "Start the deployment" });
  Object.assign(backend, { open, opening, cancelOpen });
});

test("one that was begun and not waited for leaves nothing, a second press begins no other, and nothing is stopped too late", async () => {
  await wizard.close();
  const { begin, open, close, subscribe, deployments, cancelOpen, discard } = backend;
  const before = await deployments();
  const begun: string[] = [];
  let closed = 0;
  let [named, ends, heard] = [() => {}, (_opened: boolean) => {}, () => {}];
  Object.assign(backend, {
    deployments: async () => ({ ...before, deployments: [...before.deployments, ...begun.map((id) => ({ ...before.deployments[0]!, id, name: id }))] }),
    begin: () => new Promise<string>((resolve) => (named = () => resolve(begun[begun.push("begun-1") - 1]!))),
    open: () => new Promise<boolean>((resolve) => (ends = resolve)),
    close: async () => void closed++,
    cancelOpen: async () => {},
    discard: async (id: string) => void begun.splice(begun.indexOf(id), 1),
  });
  const first = wizard.begin(true, "demo");
  await wizard.begin(true, "demo");
  named();
  await waitFor(() => expect(begun).toEqual(["begun-1"]));
  await fireEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  // It had just opened when it was stopped.
  ends(true);
  await first;
  expect([wizard.deployment, closed]).toEqual([null, 1]);
  expect(begun).toEqual([]);
  expect(screen.queryByRole("heading", { name: "begun-1" })).toBeNull();
  // Stopped before it has an id, it is not opened at all.
  let opened = 0;
  backend.open = async () => (opened++, true);
  const second = wizard.begin(true, "demo");
  await fireEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull();
  named();
  await second;
  expect([wizard.deployment, opened, begun]).toEqual([null, 0, []]);
  // Once it is open there is no button.
  Object.assign(backend, { open, subscribe: (listener: Parameters<typeof subscribe>[0]) => new Promise((resolve) => (heard = () => resolve(subscribe(listener)))) });
  const third = wizard.open("demo");
  await screen.findByText("Opening the deployment.");
  await waitFor(() => expect(screen.queryByRole("button", { name: "Cancel" })).toBeNull());
  heard();
  await third;
  expect(wizard.deployment).toBe("demo");
  Object.assign(backend, { begin, open, close, subscribe, deployments, cancelOpen, discard });
  await wizard.close();
});

test("an institution without a profile of its own is shown one, and what is refused has no tick", async () => {
  await fireEvent.click(await screen.findByText("Save an example…"));
  await waitFor(() => expect(saved.at(-1)).toEqual(["site-profile.toml", 'name = "An institution"']));
  const name = (mark: "good" | "plain" | "bad") => ({ what: mark, typed: "Roman", after: "-role", more: 0, length: "10 of 64", mark });
  const { container } = render(View, { view: { view: "names", title: "Names", names: [name("good"), name("plain"), name("bad")] } });
  expect([...container.querySelectorAll("svg")].map((icon) => icon.getAttribute("aria-label"))).toEqual(["fits", "too long"]);
  // Of two columns the first has the room.
  const row = (cells: string[]) => ({ cells, mark: "plain" as const });
  const table = (rows: ReturnType<typeof row>[]) => render(View, { view: { view: "table", title: "T", heads: [], rows } }).container.querySelector("table")!;
  expect(table([row(["arn:aws:kms:us-east-1:1:key/1", "this key"])]).classList.contains("pair")).toBe(true);
  expect(table([row(["a", "b", "c"])]).classList.contains("pair")).toBe(false);
});

test("how a page stands is said aloud as it is drawn: who still waits is not done", async () => {
  await wizard.close();
  await wizard.open("demo");
  wizard.show("three");
  await backend.run("three", "apply", null);
  await waitFor(() => expect(wizard.step!.state).toBe("done"));
  expect(wizard.said).toContain("Roles: somebody should be asked again.");
});
