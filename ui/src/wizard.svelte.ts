// The one store: a snapshot, then events folded into it. It decides nothing; the backend does.
// Long because all that the pages share of an open deployment is in it.
import { tick } from "svelte";
import { backend, problemOf } from "./backend";
import type { ByHandView, ChapterView, Context, Drag, Event, Leads, Problem, StepView, Text, Value, View, Work } from "./bindings";
import { fault, standing } from "./standing";

const nobody: Context = { name: "", environment: "", environments: [], region: "", account: "", identities: [], practice: null, lost: null, by_hand: null };

/** A view is shown as it came and never changed in place. What has no prototype Svelte does not watch piece by piece, of which a
    plan of hundreds of things has thousands. */
const raw = (view: View): View => Object.setPrototypeOf(view, null);
function still(step: StepView) {
  for (const view of [step, step.plan, step.removal].flatMap((of) => of?.views ?? [])) raw(view);
  return step;
}

class Wizard {
  /** The id of the open deployment, or null on the first page. */
  deployment = $state<string | null>(null);
  /** The chapters with the pages of all environments. */
  private all = $state<ChapterView[]>([]);
  context = $state<Context>(nobody);
  notices = $state<Problem[]>([]);
  current = $state("");
  /** What the open of a deployment waits for. */
  opening = $state("");
  /** Whoever comes to the first page now wants a real account. */
  startsReal = false;
  /** A press of Cancel still stops that. */
  canStop = $state(false);
  /** A problem of the window itself, not of a step. */
  trouble = $state<Problem | null>(null);
  /** Files are held over the window. */
  dragging = $state(false);
  /** What lies over the page. */
  over = $state<"find" | "logbook" | "glossary" | "settings" | "about" | null>(null);
  /** What the logbook is searched for when it opens. */
  logbookOf = "";
  /** The whole way is shown in place of a page. */
  journey = $state(false);
  /** What is done by hand that the whole way was opened for, by its id. */
  hand = $state("");
  /** This computer has a program for mails. */
  mails = $state(false);
  /** For screen readers: what happened last. */
  said = $state("");
  /** Steps whose button was pressed: from then on also what is missing is shown as a problem. */
  attempted = $state<Record<string, boolean>>({});
  /** The page whose removal another one's problem led to, to be asked about; and that other one, to go on with. */
  removing = $state<{ page: string; from: string | null } | null>(null);
  /** Pages whose fields with known values are unfolded. */
  unfolded = $state<Record<string, boolean>>({});
  /** What sends a field's draft, for each field that is shown. */
  private drafts = new Set<() => unknown>();
  /** The answers that are on their way, one after the other. */
  private sending: Promise<unknown> = Promise.resolve();
  private seq = 0;

  /** All pages, those of environments that are not shown too. */
  everyStep = $derived(this.all.flatMap((chapter) => chapter.steps));
  /** The chapters with what all environments share and what the shown one has for itself. */
  chapters = $derived(
    this.all.map((chapter) => ({ ...chapter, steps: chapter.steps.filter((step) => step.environment === null || step.environment === this.context.environment) })),
  );
  steps = $derived(this.chapters.flatMap((chapter) => chapter.steps));
  step = $derived(this.everyStep.find((step) => step.id === this.current));
  /** Where environments are named: the page and its field. */
  naming = $derived.by(() => {
    for (const step of this.everyStep) {
      const field = step.form.fields.find((field) => field.kind.kind === "rows" && field.kind.environments);
      if (field) return { step: step.id, field: field.name };
    }
  });
  /** The step to go on with: the first after the current one that is ready, else the first that is. */
  next = $derived.by(() => {
    const at = this.steps.findIndex((step) => step.id === this.current);
    const order = [...this.steps.slice(at + 1), ...this.steps.slice(0, at)];
    return order.find((step) => step.state !== "done" && step.waits_for.length === 0 && step.by_hand.length === 0);
  });
  /** What is done by hand next, as the backend says. */
  nextByHand = $derived(this.chapters.flatMap((chapter) => chapter.by_hand).find((hand) => hand.id === this.context.by_hand) ?? null);
  /** The same, where its chapter comes before that of the page to go on with. */
  byHandFirst = $derived.by(() => {
    const { next, nextByHand } = this;
    const hand = this.chapters.findIndex((chapter) => chapter.by_hand.some((one) => one === nextByHand));
    const page = next ? this.chapters.findIndex((chapter) => chapter.steps.some((step) => step.id === next.id)) : Infinity;
    return hand < page ? nextByHand : null;
  });

  open(id: string) {
    return this.openWhat(async () => id);
  }

  begin(practice: boolean, site: string) {
    return this.openWhat(() => backend.begin(practice, site), true);
  }

  /** Begins one that is told what another one was told of its institution and account. */
  beginLike(id: string) {
    return this.openWhat(() => backend.duplicate(id), true);
  }

  /** Opens the deployment that `which` names, or begins. A second press meanwhile begins no second one. One that is `begun` now
      leaves nothing where a person stops that. */
  private async openWhat(which: () => Promise<string>, begun = false) {
    if (this.opening) return;
    const usual = "Opening the deployment.";
    this.said = "";
    this.opening = usual;
    this.canStop = true;
    // What takes long is said as it goes.
    const asking = setInterval(() => void backend.opening().then((said) => this.opening && (this.opening = said || usual), () => {}), 400);
    await this.attempt(async () => {
      const id = await which();
      const opened = this.canStop && (await backend.open(id));
      if (!opened || !this.canStop) {
        if (opened) await backend.close();
        if (begun) await backend.discard(id);
        return;
      }
      this.canStop = false;
      // Where nothing is next, there is all of it to see.
      this.journey = !(await this.listen(id));
      if (!this.journey) await backend.visit(this.current);
    });
    clearInterval(asking);
    this.opening = "";
    this.canStop = false;
  }

  /** Waits no longer; a deployment that was there stays in the list as it is. */
  cancelOpen() {
    this.canStop = false;
    return this.attempt(() => backend.cancelOpen());
  }

  /** To the first page, where a real deployment is about to be started. */
  async closeForReal() {
    this.startsReal = true;
    await this.close();
  }

  async close() {
    await this.attempt(() => backend.close());
    this.deployment = null;
    this.all = [];
    this.journey = false;
    this.hand = "";
    this.context = nobody;
    this.attempted = {};
    this.unfolded = {};
    this.removing = null;
    // What is read aloud was of this deployment.
    this.said = "";
  }

  /** When the page is loaded, anew or first: goes on where the last one ended, with nothing lost. */
  async restore() {
    await this.attempt(async () => {
      this.mails = await backend.hasMailProgram();
      const { last } = await backend.deployments();
      if (last) await this.open(last);
    });
  }

  /** Whether there is a page to open on. */
  private async listen(id: string) {
    const early: Event[] = [];
    let listening = false;
    const snapshot = await backend.subscribe((events) => {
      if (listening) for (const event of events) this.hear(event);
      else early.push(...events);
    });
    this.seq = snapshot.seq;
    this.context = snapshot.context;
    for (const step of snapshot.chapters.flatMap((chapter) => chapter.steps)) still(step);
    this.all = snapshot.chapters;
    this.notices = snapshot.notices;
    this.deployment = id;
    const kept = snapshot.page;
    // What is done is being looked at again just now; the work goes on behind it.
    const open = this.steps.find((step) => step.state !== "done" && step.state !== "running");
    this.current = kept && this.everyStep.some((step) => step.id === kept) ? kept : (open?.id ?? this.steps[0]?.id ?? "");
    listening = true;
    for (const event of early) this.hear(event);
    return kept !== null;
  }

  /** There are other pages than before: all of them are asked for again, and the shown one stays. */
  private async relisten() {
    const { current, deployment } = this;
    if (!deployment) return;
    await this.attempt(() => this.listen(deployment));
    if (this.everyStep.some((step) => step.id === current)) this.current = current;
  }

  private hear(event: Event) {
    if (event.seq <= this.seq && event.type !== "step_changed") return;
    this.seq = Math.max(this.seq, event.seq);
    const step = this.everyStep.find((step) => step.id === event.step);
    if (!step) return;
    switch (event.type) {
      case "step_changed": {
        const told = step.state !== event.view.state && event.view.id === this.current;
        this.replace(event.view);
        if (told) this.said = `${event.view.short}: ${standing(event.view).word}. ${sentenceOf(event.view)}`;
        break;
      }
      case "progress":
        step.progress = event.text;
        this.said = event.text;
        break;
      case "shown":
        // What only looks says at its end what it saw.
        if (!step.looking) step.views = event.views.map(raw);
        break;
      case "line":
        step.log_size = event.size;
        break;
      case "asked":
        step.state = "waiting";
        step.progress = event.text;
        this.said = event.text;
        break;
      case "answered":
        step.state = "running";
        break;
      case "context_changed":
        if (event.context.environments.join() !== this.context.environments.join()) void this.relisten();
        this.context = event.context;
        break;
      case "ended":
        break;
    }
  }

  private replace(view: StepView) {
    for (const chapter of this.all) {
      const at = chapter.steps.findIndex((step) => step.id === view.id);
      if (at >= 0) chapter.steps[at] = still(view);
    }
  }

  /** Looks at the shown page, as if it was opened. */
  look() {
    return this.attempt(() => backend.visit(this.current));
  }

  /** Opens the logbook, on what is said of this page or on all of it. */
  showLogbook(page = "") {
    this.logbookOf = page;
    this.over = "logbook";
  }

  show(id: string) {
    this.current = id;
    this.journey = false;
    this.hand = "";
    void this.attempt(() => backend.visit(id));
  }

  /** Shows the page that a problem leads to; where that is to be removed first, with the question about it. */
  follow({ page, removes }: Leads, from: string | null = this.current) {
    this.removing = removes ? { page, from } : null;
    this.show(page);
  }

  /** Shows another environment: the same page of it, where it has its own. */
  showEnvironment(name: string) {
    const same = this.step?.environment == null ? undefined : this.everyStep.find((step) => step.environment === name && step.title === this.step?.title);
    if (same) this.show(same.id);
    else void this.attempt(() => backend.showEnvironment(name));
  }

  /** Leads to the field that names environments. */
  async addEnvironment() {
    if (!this.naming) return;
    const { step, field } = this.naming;
    this.show(step);
    this.unfolded[step] = true;
    await tick();
    document.getElementById(`field-${field}`)?.focus();
  }

  isDoneByHand(hand: ByHandView) {
    return hand.done.includes(this.context.environment);
  }

  /** What comes before something that is done by hand, and is not marked as done. */
  openBefore(hand: ByHandView) {
    const all = this.chapters.flatMap((chapter) => chapter.by_hand);
    return all.slice(0, all.findIndex((one) => one.id === hand.id)).filter((one) => !this.isDoneByHand(one));
  }

  /** Keeps what a person says of things that are done by hand. */
  setDoneByHand(hands: ByHandView[], done: boolean) {
    return this.attempt(async () => {
      for (const { id } of hands) {
        const view = await backend.setDoneByHand(id, done);
        for (const chapter of this.all) chapter.by_hand = chapter.by_hand.map((one) => (one.id === view.id ? view : one));
      }
      this.said = hands.map((hand) => `${hand.title}: ${done ? "done" : "to do"}.`).join(" ");
    });
  }

  /** Shows the whole way, on something that is done by hand. */
  async showByHand(hand: ByHandView) {
    // Asked for again, it is shown again.
    this.hand = "";
    this.journey = true;
    await tick();
    this.hand = hand.id;
  }

  /** Sends an answer to the page it was given on, after those before it. The page as it is then comes back; `false` where it was
      not taken. */
  edit(field: string, value: Value, step = this.current) {
    return this.send(async () => this.replace(await backend.edit(step, field, value)));
  }

  setSecret(field: string, value: Uint8Array, step = this.current) {
    return this.send(() => backend.setSecret(step, field, value));
  }

  private send(work: () => Promise<unknown>) {
    const sent = this.sending.then(() => this.attempt(work));
    this.sending = sent;
    return sent;
  }

  /** Remembers how to send what a field holds and did not send yet. */
  drafted(send: () => unknown) {
    this.drafts.add(send);
    return () => this.drafts.delete(send);
  }

  /** Sends what was typed up to this moment, and waits until the page knows what became of it. */
  async flush() {
    for (const send of this.drafts) send();
    await this.sending;
  }

  useMadeUp() {
    const step = this.current;
    return this.attempt(() => backend.useMadeUp(step));
  }

  /** Makes again what went with a world that forgets. */
  rebuild() {
    return this.attempt(() => backend.rebuild());
  }

  /** Works on the page on which that was pressed. */
  async run(work: Work, step = this.current) {
    this.attempted[step] = true;
    // What was seen when the button was pressed, also where what was typed last makes another plan.
    const of = this.everyStep.find((other) => other.id === step);
    const seen = work === "remove" ? of?.removal_run : of?.plan_run;
    const plan = seen ?? null;
    await this.flush();
    return this.attempt(() => backend.run(step, work, plan));
  }

  /** Adds files to a field of a page, each once. */
  addFiles(field: string, paths: string[], step = this.current) {
    const value = this.everyStep.find((other) => other.id === step)?.values[field];
    const known = Array.isArray(value) ? value : [];
    const added = paths.filter((path) => !known.includes(path));
    if (added.length) return this.edit(field, [...known, ...added], step);
  }

  /** Files dropped on the window go to the shown page's field for files, where it has one. */
  drag(drag: Drag) {
    this.dragging = drag.type === "over";
    if (drag.type !== "dropped") return;
    const { paths } = drag;
    const field = this.step?.form.fields.find((field) => field.kind.kind === "files" && !field.locked);
    if (!field) {
      this.said = "This page takes no files.";
      return;
    }
    this.said = paths.length === 1 ? "One file added." : `${paths.length} files added.`;
    void this.addFiles(field.name, paths);
  }

  async save(text: Text) {
    let saved = false;
    await this.attempt(async () => (saved = await backend.saveText(text.file, text.body)));
    return saved;
  }

  draftMail(to: string, subject: string, body: string) {
    return this.attempt(() => backend.draftMail(to, subject, body));
  }

  cancel() {
    return this.attempt(() => backend.cancel(this.current));
  }

  /** `false` where it failed; why is shown. */
  private async attempt(work: () => Promise<unknown>) {
    try {
      this.trouble = null;
      await work();
      return true;
    } catch (error) {
      this.trouble = problemOf(error);
      this.said = this.trouble.what;
      return false;
    }
  }
}

/** What is read aloud of a page: what is wrong with it, as the page says it, else how it stands. */
function sentenceOf(step: StepView): string {
  return fault(step)?.what ?? step.sentence;
}

export const wizard = new Wizard();
