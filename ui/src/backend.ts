// The one door to the backend: the only import of @tauri-apps. In a plain browser the scripted backend stands in.
import { Channel, invoke } from "@tauri-apps/api/core";
import type { ByHandView, Drag, Entry, Event, Everything, Kept, Problem, Remains, Removed, Snapshot, Start, StepView, Term, Value, View, Way, Work } from "./bindings";
import { demo } from "./demo";

export interface Backend {
  deployments(): Promise<Start>;
  begin(practice: boolean, site: string): Promise<string>;
  /** Leaves nothing of one that was begun just now and whose open a person stopped. */
  discard(id: string): Promise<void>;
  /** Puts a deployment away, or takes it back. */
  archive(id: string, archived: boolean): Promise<void>;
  /** Begins one with what another was told of its institution and account. */
  duplicate(id: string): Promise<string>;
  /** What it would leave in the account if it was deleted now. */
  remains(id: string): Promise<Remains>;
  /** What would go if everything of it was removed. */
  everything(id: string): Promise<Everything>;
  /** Ends the look at what there is of it: nobody waits for that any more. */
  stopLooking(id: string): Promise<void>;
  /** Which page that look is at, in words; empty between two. */
  lookingAt(id: string): Promise<string>;
  /** Ends the removal of everything once the page that is at work is through. */
  stopRemoving(id: string): Promise<void>;
  /** Removes what that list had, each page by the run that found it. */
  removeEverything(id: string, pages: [string, number][], name: string, heard: (events: Event[]) => void): Promise<Removed>;
  /** Deletes it from this computer; the name is typed where something remains. */
  delete(id: string, name: string): Promise<void>;
  /** `false`: a person stopped it. */
  open(id: string): Promise<boolean>;
  /** What the open of a deployment waits for, in a sentence; else empty. */
  opening(): Promise<string>;
  cancelOpen(): Promise<void>;
  close(): Promise<void>;
  visit(step: string): Promise<void>;
  /** Shows the pages of another environment. */
  showEnvironment(environment: string): Promise<void>;
  subscribe(heard: (events: Event[]) => void): Promise<Snapshot>;
  /** Keeps an answer, and says what the page is with it. */
  edit(step: string, field: string, value: Value): Promise<StepView>;
  setSecret(step: string, field: string, value: Uint8Array): Promise<void>;
  /** Fills the page of a practice deployment with values that are made up. */
  useMadeUp(step: string): Promise<void>;
  /** Applying names the plan that was seen, and removing the list of what goes, each by the run that made it. */
  run(step: string, work: Work, plan: number | null): Promise<void>;
  cancel(step: string): Promise<void>;
  /** Keeps what a person says of something that is done by hand. */
  setDoneByHand(id: string, done: boolean): Promise<ByHandView>;
  /** Does every page again whose things are gone with the practice account. */
  rebuild(): Promise<void>;
  readLog(step: string, offset: number): Promise<Uint8Array>;
  /** Newest first; those too that only looked where `looks` is set. */
  logbook(looks: boolean): Promise<Entry[]>;
  /** Where things are kept on this computer. */
  kept(): Promise<Kept[]>;
  /** Shows a folder of that list. */
  openKept(number: number): Promise<void>;
  /** What runs out, and what to keep, of the environment that is shown. */
  afterwards(): Promise<View[]>;
  /** How things are done by hand, and what the whole hub costs. */
  way(): Promise<Way>;
  /** The words that are explained, by the alphabet. */
  glossary(): Promise<Term[]>;
  pickFile(title: string, extensions: string[]): Promise<string | null>;
  pickFiles(title: string, extensions: string[]): Promise<string[]>;
  /** Asks where, and writes the text there. `false`: the dialog was closed. */
  saveText(name: string, text: string): Promise<boolean>;
  hasMailProgram(): Promise<boolean>;
  /** Opens a draft in the mail program. */
  draftMail(to: string, subject: string, body: string): Promise<void>;
  /** Whether the desktop is told when long work ends. */
  notifies(): Promise<boolean>;
  setNotifies(on: boolean): Promise<void>;
  /** Files that are dragged over the window and dropped on it. */
  onDrag(dragged: (drag: Drag) => void): Promise<void>;
}

const tauri: Backend = {
  deployments: () => invoke("deployments"),
  begin: (practice, site) => invoke("begin", { practice, site }),
  discard: (id) => invoke("discard", { id }),
  archive: (id, archived) => invoke("archive", { id, archived }),
  duplicate: (id) => invoke("duplicate", { id }),
  remains: (id) => invoke("remains", { id }),
  everything: (id) => invoke("everything", { id }),
  stopLooking: (id) => invoke("stop_looking", { id }),
  lookingAt: (id) => invoke("looking_at", { id }),
  stopRemoving: (id) => invoke("stop_removing", { id }),
  removeEverything(id, pages, name, heard) {
    const channel = new Channel<Event[]>();
    channel.onmessage = heard;
    return invoke("remove_everything", { id, pages, name, channel });
  },
  delete: (id, name) => invoke("delete", { id, name }),
  open: (id) => invoke("open", { id }),
  opening: () => invoke("opening"),
  cancelOpen: () => invoke("cancel_open"),
  close: () => invoke("close"),
  visit: (step) => invoke("visit", { step }),
  showEnvironment: (environment) => invoke("show_environment", { environment }),
  subscribe(heard) {
    const channel = new Channel<Event[]>();
    channel.onmessage = heard;
    return invoke("subscribe", { channel });
  },
  edit: (step, field, value) => invoke("edit", { step, field, value }),
  // As bytes, which can be wiped; what is text in the page cannot.
  setSecret: (step, field, value) => invoke("set_secret", value, { headers: { step, field } }),
  useMadeUp: (step) => invoke("use_made_up", { step }),
  run: (step, work, plan) => invoke("run", { step, work, plan }),
  rebuild: () => invoke("rebuild"),
  cancel: (step) => invoke("cancel", { step }),
  setDoneByHand: (id, done) => invoke("set_done_by_hand", { id, done }),
  readLog: async (step, offset) => new Uint8Array(await invoke<ArrayBuffer>("read_log", { step, offset })),
  logbook: (looks) => invoke("logbook", { looks }),
  kept: () => invoke("kept"),
  openKept: (number) => invoke("open_kept", { number }),
  afterwards: () => invoke("afterwards"),
  way: () => invoke("way"),
  glossary: () => invoke("glossary"),
  pickFile: (title, extensions) => invoke("pick_file", { title, extensions }),
  pickFiles: (title, extensions) => invoke("pick_files", { title, extensions }),
  saveText: (name, text) => invoke("save_text", { name, text }),
  hasMailProgram: () => invoke("has_mail_program"),
  draftMail: (to, subject, body) => invoke("draft_mail", { to, subject, body }),
  notifies: () => invoke("notifies"),
  setNotifies: (on) => invoke("set_notifies", { on }),
  onDrag(dragged) {
    const channel = new Channel<Drag>();
    channel.onmessage = dragged;
    return invoke("listen_for_files", { channel });
  },
};

export const backend: Backend = "__TAURI_INTERNALS__" in window ? tauri : demo;

/** What went wrong, as a problem: the backend's own, or one for what it never sends. */
export function problemOf(error: unknown): Problem {
  if (typeof error === "object" && error !== null && "what" in error && "fix" in error) return error as Problem;
  return {
    severity: "error",
    field: null,
    what: "Hubwright did not answer as expected.",
    fix: "Close the window and open it again: nothing entered is lost.",
    detail: [String(error)],
    link: null,
    offer: null,
    leads: null,
  };
}
