// A scripted backend, so that the window's pages run in a plain browser. It knows pages made up here and no real step.
import type { Backend } from "./backend";
import type { Act, Asked, Card, ChapterView, Context, Drag, Entry, Event, Everything, Known, Lost, Snapshot, StepState, StepView, Value } from "./bindings";

function page(id: string, short: string, state: StepState, more: Partial<StepView> = {}): StepView {
  return {
    id,
    environment: null,
    title: `${short}: a page of the demonstration`,
    short,
    why: "This page stands in for a real one, so that the window can be looked at in a browser. It has roles, a role and `policy`.",
    verb: "Do it",
    guide: "The demonstration follows no guide.",
    acts: true,
    removable: true,
    loses: "",
    at_once: false,
    makes_up: null,
    state,
    sentence: "",
    waits_for: [],
    lead: null,
    asked: null,
    form: { fields: [] },
    values: {},
    problems: [],
    views: [],
    plan: null,
    plan_run: null,
    removal: null,
    removal_run: null,
    progress: "",
    looking: false,
    began: null,
    expected: 4,
    reads: 9,
    minutes: 2,
    by_hand: [],
    log_size: 0,
    checked_at: null,
    ...more,
  };
}

/** What would go if everything of the demonstration was removed, and the pages that refuse to go. */
export const everything: Everything = {
  pages: [
    { id: "five", page: "Address (live)", things: ["record live.example.org"], loses: "", run: 11 },
    { id: "two", page: "Roles", things: ["group a-name-people", "role a-name-role"], loses: "Nobody can bring it back.", run: 12 },
  ],
  stops: [],
  stays: ["Roles: AWS keeps a key for 30 days."],
  nothing: false,
  name: "a-name",
};
export const stubborn: string[] = [];
let stopsRemoving = false;

function card(title: string, state: Asked): Card {
  const letter = { to: "the desk", subject: "A thing", body: "Could you?", file: "a.txt" };
  const act: Act = { label: "Copy the reminder", copy: "Could you?", answers: [], page: null };
  return { title, from: "the desk", state, word: state, fields: [], again: "Ask again on 3 Nov.", days: [9, 7], holds: "All waits for it.", covers: [], letter, act, beside: null, more: [act] };
}

const field = { help: "", rule: "", required: true, default: null, locked: null, known: null, on_demand: false };

export function script(): ChapterView[] {
  return [
    {
      title: "First",
      by_hand: [],
      steps: [
        page("one", "Name", "ready", {
          form: {
            fields: [
              { ...field, name: "name", label: "Name", help: "Lower-case letters. Roles and policies carry it.", kind: { kind: "text", placeholder: "a-name", mono: true, whole: false } },
              { ...field, name: "region", label: "Region", kind: { kind: "choice", options: [{ value: "a", label: "Here", sentence: "" }, { value: "b", label: "There", sentence: "" }] } },
              { ...field, name: "secret", label: "Password", kind: { kind: "secret", lines: false } },
              { ...field, name: "pasted", label: "Pasted", kind: { kind: "secret", lines: true } },
              { ...field, name: "files", label: "Files", kind: { kind: "files", extensions: ["pem"] } },
              { ...field, name: "way", label: "Way", kind: { kind: "choice", options: [{ value: "mine", label: "Mine", sentence: "One has it." }, { value: "new", label: "New", sentence: "One makes it." }] } },
              { ...field, name: "people", label: "People", kind: { kind: "rows", placeholder: "one a line", environments: true } },
              { ...field, name: "users", label: "Who may act", kind: { kind: "people", placeholder: "user-name" } },
              { ...field, name: "zone", label: "Domain", known: "From the profile An institution", kind: { kind: "text", placeholder: "", mono: true, whole: false } },
              { ...field, name: "file", label: "File", required: false, kind: { kind: "file", extensions: ["toml"] } },
              { ...field, name: "sure", label: "I am sure", required: false, kind: { kind: "switch" } },
            ],
          },
          values: { name: "", region: "a", people: ["somebody"], users: ["somebody"], zone: "example.org", files: ["/tmp/hub.crt", "/tmp/notes.txt"] },
          problems: [
            { severity: "error", field: "name", what: "The name is missing.", fix: "Use `a-name`", detail: [], link: null, offer: { label: "Use a-name", value: "a-name" }, leads: null },
            { severity: "error", field: "files", what: "There is nothing to use in notes.txt.", fix: "Leave it out.", detail: [], link: null, offer: { label: "Leave notes.txt out", value: ["/tmp/hub.crt"] }, leads: null },
            { severity: "error", field: "name", what: "It has no letter.", fix: "Use `a-name`", detail: [], link: null, offer: { label: "Use a-name", value: "a-name" }, leads: null },
          ],
          views: [
            { view: "table", title: "What follows", heads: ["What", "Name", "Length"], rows: [{ cells: ["Address", "a-name.example.org", "6 of 63"], mark: "good" }] },
            { view: "names", title: "What carries it", names: [{ what: "2 groups", typed: "a-name", after: "-people", more: 1, length: "13 of 128", mark: "good" }] },
            {
              view: "files",
              title: "What was chosen",
              field: "files",
              chips: [
                { value: "/tmp/hub.crt", name: "hub.crt", kind: "certificate", used: true },
                { value: "/tmp/notes.txt", name: "notes.txt", kind: "nothing to use", used: false },
              ],
            },
            { view: "people", title: "Users", field: "users", names: ["anybody", "nobody", "somebody"] },
            { view: "stages", title: "The way", stages: [{ title: "Made", lines: ["here"], reached: "done" }, { title: "Came back", lines: ["not yet"], reached: "waiting" }] },
            { view: "checklist", title: "What holds", items: [{ text: "A thing", mark: "good", detail: "there" }, { text: "Another", mark: "bad", detail: "missing" }] },
          ],
        }),
        page("two", "Account", "done", { sentence: "All is there.", loses: "Everything in it is gone." }),
      ],
    },
    {
      title: "Then",
      by_hand: [{ id: "last", done: [], title: "The last thing", sentence: "Somebody with the role does it, and the role stays.", minutes: 130 }],
      steps: [
        page("three", "Roles", "running", {
          began: new Date().toISOString(),
          progress: "Making the roles",
          log_size: 24,
          views: [
            { view: "timeline", title: "Where the time goes", note: "You can close the lid.", bars: [{ label: "a role", start: 0, end: 2, running: false }, { label: "a group", start: 1, end: null, running: true }, { label: "a policy", start: 1, end: null, running: false }] },
            {
              view: "resources",
              title: "What this page makes",
              groups: [
                { title: "Who may", sentence: "A group", resources: [{ id: "a role", title: "The role", name: "a-name-role", sentence: "One may act as it.", stand: "make", usual: 2, slow: "" }] },
                { title: "What they may", sentence: "", resources: [{ id: "a group", title: "The group", name: "", sentence: "", stand: "anew", usual: 12, slow: "Everybody is told of it first." }, { id: "a policy", title: "The policy", name: "", sentence: "", stand: "make", usual: 1, slow: "" }] },
              ],
            },
            { view: "diff", title: "Records", before: ["A 192.0.2.1"], after: ["A alias of a balancer"] },
            { view: "chain", title: "The chain", links: [{ role: "Private key", name: "RSA", mark: "good", reason: "", lines: ["here"] }, { role: "Root", name: "A root", mark: "bad", reason: "It expired", lines: ["to 3 Nov 2025"] }] },
            { view: "board", title: "Waiting", note: "Nothing here need be sent.", cards: [card("A thing", "due"), card("Another", "waiting"), card("A third", "arrived")] },
            { view: "tree", title: "staging.yaml", note: "Masked.", branches: [{ depth: 0, key: "proxy", value: "", note: "" }, { depth: 1, key: "token", value: "••••••••", note: "new" }] },
            { view: "document", title: "A request", text: { body: "-----BEGIN", file: "a.csr" } },
            { view: "policy", title: "What it allows", sentences: ["Whoever has this policy may do it."], document: "{}" },
          ],
        }),
        page("four", "People", "waiting", { progress: "Waiting for you to unlock the keychain." }),
        page("five", "Address", "blocked", { environment: "staging", problems: [{ severity: "error", field: null, what: "The record `x` is there already.", fix: "Ask its owner.", detail: ["a cause"], link: null, offer: null, leads: null }] }),
        page("live.five", "Address", "ready", { environment: "live" }),
        page("six", "Proof", "look", { waits_for: ["Roles: a page of the demonstration", "People: a page of the demonstration"] }),
      ],
    },
  ];
}

const entry = (time: string, page: string, word: string, text: string, mark: Entry["mark"]): Entry => ({ day: "28 Nov 2026", time, page, word, mark, text, person: "somebody", acting: "arn:aws:iam::123456789012:user/somebody", line: `28 Nov 2026 ${time}  ${page}: ${word}. ${text} [somebody, as arn:aws:iam::123456789012:user/somebody]` });
const logbook = [entry("12:00:09", "Roles", "Failed", "The policy was refused.", "bad"), entry("12:00:02", "Roles", "Changed", "Make the role a-name-role", "good"), entry("11:58:40", "Account", "Done", "All is there.", "good")];
const looked = { ...entry("11:58:39", "Account", "Looked", "Not done yet.", "plain"), acting: "" };

/** Texts that were saved, and folders that were opened. */
export const saved: [string, string][] = [];
export const opened: number[] = [];
/** Drafts that were opened in the mail program. */
export const drafts: string[] = [];
let chapters = script();
let log = "12:00:00  Making a role\n";
/** A job of the demonstration prints a line. */
export function print(step: string, line: string) {
  log += `${line}\n`;
  heard([{ seq: ++seq, step, type: "line", size: log.length }]);
}
let heard: (events: Event[]) => void = () => {};
let seq = 0;
let environment = "staging";
let lost: Lost | null = null;
let practice = true;
/** The world of the demonstration forgets what was made in it. */
export function forget(pages: string[], at_work = false) {
  lost = pages.length ? { what: "The practice account was started anew, so what was made in it is gone.", pages, at_work } : null;
  heard([{ seq: ++seq, step: "one", type: "context_changed", context: context() }]);
}
/** Drags files over the demonstration and drops them, as a person would. */
export let drag: (drag: Drag) => void = () => {};

function tell(step: string) {
  const view = chapters.flatMap((chapter) => chapter.steps).find((other) => other.id === step);
  if (view) heard([{ seq: ++seq, step, type: "step_changed", view: structuredClone(view) }]);
}

function change(step: string, how: (view: StepView) => void) {
  const view = chapters.flatMap((chapter) => chapter.steps).find((other) => other.id === step);
  if (!view) throw new Error(`no page ${step}`);
  how(view);
  tell(step);
  return structuredClone(view);
}

function context(): Context {
  return { name: "a-name", environment, environments: ["staging", "live"], region: "us-east-1", account: "123456789012", identities: [{ identity: "arn:aws:iam::123456789012:user/somebody", how: "profile `somebody`", until: null }], practice, lost, by_hand: practice ? null : (chapters.flatMap((chapter) => chapter.by_hand).find((hand) => !hand.done.includes(environment))?.id ?? null) };
}

/** From now on it is a real account, or practice again. */
export function real(on: boolean) {
  practice = !on;
  heard([{ seq: ++seq, step: "one", type: "context_changed", context: context() }]);
}

/** The first page's list. */
const known: Known[] = [
  { id: "demo", name: "a-name", environment: "staging", practice: true, done: 1, steps: 6, finished: false, removed: false, archived: false, lines: [{ state: "due", text: "Ask again: A thing" }, { state: "unasked", text: "Next: Name" }] },
  { id: "whole", name: "b-name", environment: "prod", practice: false, done: 5, steps: 6, finished: true, removed: false, archived: false, lines: [] },
];

export const demo: Backend = {
  deployments: async () => ({
    deployments: known,
    sites: [{ id: "demo", name: "An institution" }],
    example: 'name = "An institution"',
    last: null,
  }),
  begin: async () => "demo",
  discard: async () => {},
  archive: async (id, archived) => void known.filter((one) => one.id === id).forEach((one) => (one.archived = archived)),
  duplicate: async () => "demo",
  remains: async (id) => ({ there: id === "demo" ? [{ page: "Roles", things: ["group a-name-people", "role a-name-role"] }, { page: "Address (live)", things: ["record live.example.org"] }] : [], unknown: [], secrets: 1, loses: ["The private key of the certificate."], by_hand: "", name: "a-name" }),
  everything: async () => structuredClone(everything),
  stopLooking: async () => {},
  lookingAt: async () => "Looking: 3 of 6, Roles",
  stopRemoving: async () => void (stopsRemoving = true),
  removeEverything: async (id, pages, name, heard) => {
    const gone: [string, string][] = [];
    const listed = everything.pages.map(({ id, run }) => `${id} ${run}`).join();
    const problem = { severity: "error" as const, field: null, detail: [], link: null, offer: null, leads: null };
    if (id !== "demo" || name.trim() !== everything.name || pages.map((page) => page.join(" ")).join() !== listed) throw { ...problem, what: "Nothing was removed.", fix: "Type the deployment's name." };
    stopsRemoving = false;
    for (const [step] of pages) {
      if (stopsRemoving) return { gone, stopped: [{ ...problem, severity: "warning" as const, what: "It was stopped, as you asked.", fix: "Go on later." }], said: "" };
      heard([{ seq: ++seq, step, type: "progress", text: `Removing ${step}` }]);
      await new Promise((done) => setTimeout(done, 50));
      if (stubborn.includes(step)) return { gone, stopped: [{ ...problem, what: "It is held.", fix: "Let it go.", leads: { label: "Go to Roles", page: step, removes: false } }], said: "" };
      gone.push([step, step === "five" ? "Removed. A person's edits stay: /tmp/copy." : "Removed."]);
    }
    return { gone, stopped: [], said: "Everything that was listed is removed. A person's edits stay: /tmp/copy." };
  },
  delete: async (id) => void known.splice(known.findIndex((one) => one.id === id), 1),
  open: async () => ((chapters = script()), true),
  opening: async () => "",
  cancelOpen: async () => {},
  close: async () => {},
  // What acts is read and planned by itself when it is opened.
  visit: async (step) => {
    const view = chapters.flatMap((chapter) => chapter.steps).find((other) => other.id === step);
    if (view?.acts && view.state === "ready" && !view.plan && view.problems.length === 0) void demo.run(step, "plan", null);
    const of = chapters.flatMap((chapter) => chapter.steps).find((other) => other.id === step)?.environment;
    if (of) await demo.showEnvironment(of);
  },
  async showEnvironment(name) {
    environment = name;
    heard([{ seq: ++seq, step: "one", type: "context_changed", context: context() }]);
  },
  async subscribe(listener): Promise<Snapshot> {
    heard = listener;
    return { seq, deployment: "demo", page: chapters.flatMap((chapter) => chapter.steps).find((step) => step.state !== "done" && step.state !== "running")?.id ?? null, context: context(), chapters: structuredClone(chapters), notices: [] };
  },
  edit: async (step, name, value: Value) =>
    change(step, (view) => {
      view.values[name] = value;
      if (name === "name") {
        view.problems = value === "" ? view.problems : [];
        view.plan = null;
        if (value !== "") void demo.run(step, "plan", null);
      }
    }),
  setSecret: async (step, name, value) => void change(step, (view) => (view.values[name] = { is_set: value.length > 0, hint: value.length ? "set just now" : null })),
  useMadeUp: async (step) => void change(step, (view) => (view.makes_up = null)),
  run: async (step, work) => {
    let before: StepState = "ready";
    const quiet = work === "plan" || work === "check";
    change(step, (view) => ((before = view.state), (view.state = quiet ? before : "running"), (view.looking = quiet), (view.progress = "Working")));
    setTimeout(
      () =>
        change(step, (view) => {
          view.looking = false;
          view.state = work === "apply" ? "done" : work === "plan_removal" ? before : "ready";
          view.removal_run = work === "plan_removal" ? ++seq : null;
          view.removal = work === "plan_removal" ? { summary: "This goes, and nothing else:", identity: "", calls: [], commands: [], destroys: ["group somebody-made"], views: [], cost: "", undo: "", nothing_to_do: false, stops: [] } : null;
          view.plan = work === "plan" ? { summary: "One thing is made.", identity: "somebody", calls: [], commands: [], destroys: [], views: [], cost: "Nothing.", undo: "Remove.", nothing_to_do: false, stops: [] } : null;
        }),
      50,
    );
  },
  rebuild: async () => {
    const [first, ...left] = lost?.pages ?? [];
    if (first) forget([first, ...left], true);
    setTimeout(() => forget(left, true), 200);
    setTimeout(() => forget([]), 500);
  },
  setDoneByHand: async (id, done) => {
    const hand = chapters.flatMap((chapter) => chapter.by_hand).find((hand) => hand.id === id)!;
    hand.done = done ? [environment] : [];
    heard([{ seq: ++seq, step: "one", type: "context_changed", context: context() }]);
    return structuredClone(hand);
  },
  cancel: async (step) => void change(step, (view) => (view.state = "ready")),
  // One answer holds a part only.
  readLog: async (_step, offset) => new TextEncoder().encode(log.slice(offset, offset + 10)),
  logbook: async (looks) => (looks ? [...logbook, looked] : logbook),
  kept: async () => [{ title: "Everything", sentence: "All deployments.", path: "/home/somebody/.local/share/hubwright", opens: true }],
  openKept: async (number) => void opened.push(number),
  afterwards: async () => [
    {
      view: "papers",
      title: "Keep this",
      papers: [
        { title: "Address of the hub", place: `https://${environment}.example.org`, sentence: "It leads to a balancer." },
        { title: "The private key", place: "This computer’s keychain", sentence: "Never send it to anybody." },
      ],
    },
    {
      view: "dates",
      title: "What runs out, and when",
      dates: [
        { title: "The certificate", when: "14 Nov 2027", sentence: "Ask for a new one from 14 Oct 2027 on.", due: false },
        { title: "The sign-in", when: "3 Nov 2026", sentence: "Sign in again.", due: true },
      ],
    },
  ],
  way: async () => ({
    guide: "The institution’s guide",
    by_hand: [
      {
        id: "last",
        own: [
          { block: "item", depth: 0, number: "1.", text: "Say that it is the last:" },
          { block: "command", depth: 0, text: "last --region somewhere" },
        ],
        told: {
          place: "lines 8 to 9",
          blocks: [
            { block: "heading", text: "The end" },
            { block: "text", text: "Then it is done." },
            { block: "item", depth: 1, number: "", text: "Press `The end`." },
            { block: "command", depth: 1, text: "end" },
          ],
          changed: ["There is no `end` any more."],
        },
      },
    ],
    cost: { sentence: "The whole hub costs about $10 a month. This is an estimate.", parts: [{ what: "Cluster", rate: "$0.01 an hour", monthly: "$7.30" }] },
  }),
  glossary: async () => [{ word: "role", forms: [], means: "A set of rights. Somebody takes it on." }, { word: "policy", forms: ["policies"], means: "What one may do. It is attached." }],
  pickFile: async () => "/home/somebody/site.toml",
  pickFiles: async () => ["/home/somebody/hub.key"],
  saveText: async (name, text) => (saved.push([name, text]), true),
  hasMailProgram: async () => true,
  notifies: async () => true,
  setNotifies: async () => {},
  draftMail: async (to, subject) => void drafts.push(`${to}: ${subject}`),
  onDrag: async (dragged) => void (drag = dragged),
};
