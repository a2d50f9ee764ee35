// Generated from the Rust types by tests/bindings.rs. Do not edit. Long because all of them are here.

export type Slot = { is_set: boolean, 
/**
 * A word to recognise it by that gives nothing away, such as `set on 3 Nov 2026`.
 */
hint: string | null, };

export type Value = boolean | string | Array<string> | Slot;

export type Values = { [key in string]: Value };

export type Choice = { value: string, label: string, 
/**
 * What it means, in a sentence; where the choices have one, each is a card.
 */
sentence: string, };

export type Kind = { "kind": "text", placeholder: string, mono: boolean, 
/**
 * What is typed counts once the field is left, or Enter is pressed: half of it would mean something else.
 */
whole: boolean, } | { "kind": "choice", options: Array<Choice>, } | { "kind": "switch" } | { "kind": "confirmed", 
/**
 * What the button says; empty where there is nothing to confirm now.
 */
button: string, 
/**
 * What is lost, in a sentence.
 */
loses: string, 
/**
 * What the button of the dialog says: its effect.
 */
act: string, 
/**
 * It was confirmed, and is not done yet.
 */
given: boolean, } | { "kind": "file", extensions: Array<string>, } | { "kind": "files", extensions: Array<string>, } | { "kind": "secret", 
/**
 * It has several lines, such as a private key.
 */
lines: boolean, } | { "kind": "note" } | { "kind": "people", placeholder: string, } | { "kind": "rows", placeholder: string, 
/**
 * Its rows name environments of the deployment: whoever wants another one is led here.
 */
environments: boolean, };

export type Field = { 
/**
 * Key in the answers file and the journal; never changes.
 */
name: string, label: string, help: string, 
/**
 * The rule in one line, for `hubwright steps` and beside the field.
 */
rule: string, kind: Kind, required: boolean, default: Value | null, 
/**
 * Why it cannot be changed now; `None` where it can.
 */
locked: string | null, 
/**
 * Where its value comes from, or why nobody needs to change it, in words: it is known already, so the page shows it in one
 * line with the others of the same words, and asks only whoever wants to change it. `None` where it is asked.
 */
known: string | null, 
/**
 * It concerns hardly anybody: the page shows it only where a problem is on it, or where it was turned on or entered.
 */
on_demand: boolean, };

export type Form = { fields: Array<Field>, };

export type Severity = "error" | "warning" | "waiting";

export type Offer = { 
/**
 * What the button says.
 */
label: string, value: Value, };

export type Leads = { 
/**
 * What the button says.
 */
label: string, 
/**
 * The page, as `StepView` names it.
 */
page: string, 
/**
 * There, it is asked at once whether what that page made is to be removed.
 */
removes: boolean, };

export type Problem = { severity: Severity, 
/**
 * The form field it belongs to, by name.
 */
field: string | null, what: string, fix: string, 
/**
 * The chain of causes, outermost first, already redacted.
 */
detail: Array<string>, 
/**
 * A page that says more.
 */
link: string | null, 
/**
 * What mends it, as a button.
 */
offer: Offer | null, 
/**
 * The page of this deployment where it is mended, as a button.
 */
leads: Leads | null, };

export type Mark = "good" | "bad" | "plain";

export type Row = { cells: Array<string>, mark: Mark, };

export type Stand = "there" | "make" | "change" | "anew" | "remove" | "take" | "other";

export type Resource = { id: string, 
/**
 * What it is, for a person.
 */
title: string, 
/**
 * What it is called where it is; empty where it has no name.
 */
name: string, sentence: string, stand: Stand, 
/**
 * How many seconds it usually takes to make; 0 where it takes none to speak of.
 */
usual: number, 
/**
 * Why it takes that long, in a sentence; empty where it is quick.
 */
slow: string, };

export type ResourceGroup = { 
/**
 * Empty where there is one group only.
 */
title: string, sentence: string, resources: Array<Resource>, };

export type Item = { text: string, mark: Mark, detail: string, };

export type Bar = { label: string, start: number, 
/**
 * `None` while it runs, and where it failed.
 */
end: number | null, running: boolean, };

export type Link = { 
/**
 * What it is in the chain: `Root`.
 */
role: string, name: string, mark: Mark, 
/**
 * What is wrong with it, in a few words; empty where nothing is.
 */
reason: string, lines: Array<string>, };

export type Text = { body: string, 
/**
 * The name of the file it is saved as.
 */
file: string, };

export type Asked = "due" | "waiting" | "unasked" | "arrived";

export type Letter = { to: string, subject: string, body: string, 
/**
 * The name of the file it is saved as.
 */
file: string, };

export type Act = { label: string, 
/**
 * A text that goes to the clipboard first; empty for none.
 */
copy: string, 
/**
 * Answers that are entered: the field, and its value; of the page it leads to, else of this one.
 */
answers: Array<[string, Value]>, 
/**
 * The page it leads to.
 */
page: string | null, };

export type Card = { title: string, 
/**
 * Who is asked.
 */
from: string, state: Asked, 
/**
 * The state in a word or two: `Waiting, day 6`.
 */
word: string, 
/**
 * Answers of this page that are edited on the card: a short label, and the field.
 */
fields: Array<[string, string]>, 
/**
 * When to ask again, in words; empty where nobody is waited for.
 */
again: string, 
/**
 * Days since it was asked, and days from then until one asks again.
 */
days: [number, number] | null, 
/**
 * What waits for it, in a sentence.
 */
holds: string, 
/**
 * Answers of this page that the card's buttons give, now or in another state: nobody types them.
 */
covers: Array<string>, letter: Letter, 
/**
 * The one thing to do with it now.
 */
act: Act | null, 
/**
 * What may as well be the thing to do now.
 */
beside: Act | null, more: Array<Act>, };

export type Branch = { depth: number, key: string, 
/**
 * Empty for a branch with branches.
 */
value: string, 
/**
 * What happens to it: `new`, `changes`, or empty.
 */
note: string, };

export type Name = { 
/**
 * `2 groups`
 */
what: string, 
/**
 * The first of them, in parts: what was typed stands between what is put around it.
 */
typed: string, after: string, 
/**
 * How many there are besides.
 */
more: number, 
/**
 * How long the longest is, of how much: `17 of 64`.
 */
length: string, mark: Mark, };

export type Chip = { 
/**
 * As it stands in the field.
 */
value: string, name: string, 
/**
 * What is in it: `private key`.
 */
kind: string, 
/**
 * Something in it is of use.
 */
used: boolean, };

export type Dated = { title: string, 
/**
 * In words: `14 Nov 2027`, or `does not run out`.
 */
when: string, sentence: string, 
/**
 * It is over, or is to be seen to now.
 */
due: boolean, };

export type Paper = { title: string, 
/**
 * Where it is, or what it is called there; never a secret.
 */
place: string, sentence: string, };

export type Reached = "done" | "next" | "waiting" | "later";

export type Stage = { title: string, lines: Array<string>, reached: Reached, };

export type View = { "view": "table", title: string, heads: Array<string>, rows: Array<Row>, } | { "view": "resources", title: string, groups: Array<ResourceGroup>, } | { "view": "diff", title: string, before: Array<string>, after: Array<string>, } | { "view": "policy", title: string, sentences: Array<string>, document: string, } | { "view": "checklist", title: string, items: Array<Item>, } | { "view": "timeline", title: string, bars: Array<Bar>, note: string, } | { "view": "chain", title: string, links: Array<Link>, } | { "view": "board", title: string, 
/**
 * Said once above the cards; empty for nothing.
 */
note: string, cards: Array<Card>, } | { "view": "names", title: string, names: Array<Name>, } | { "view": "files", title: string, field: string, chips: Array<Chip>, } | { "view": "people", title: string, field: string, names: Array<string>, } | { "view": "dates", title: string, dates: Array<Dated>, } | { "view": "papers", title: string, papers: Array<Paper>, } | { "view": "stages", title: string, stages: Array<Stage>, } | { "view": "tree", title: string, branches: Array<Branch>, note: string, } | { "view": "document", title: string, text: Text, };

export type Call = { 
/**
 * As AWS writes it: `iam:AddUserToGroup`.
 */
action: string, 
/**
 * What it is done to: an ARN or a name.
 */
resource: string, why: string, };

export type Plan = { 
/**
 * One sentence: what will be different afterwards.
 */
summary: string, 
/**
 * Who does it: the ARN of the identity used.
 */
identity: string, 
/**
 * The API calls that change something, in order.
 */
calls: Array<Call>, 
/**
 * The commands a person would type for the same.
 */
commands: Array<string>, 
/**
 * What there is now and would be gone afterwards, or made anew: each by kind and name. Empty where nothing is lost.
 */
destroys: Array<string>, 
/**
 * Differences, policies and figures.
 */
views: Array<View>, 
/**
 * What it costs, in words.
 */
cost: string, 
/**
 * How to take it back.
 */
undo: string, 
/**
 * True where nothing would change.
 */
nothing_to_do: boolean, 
/**
 * What must be mended before any of it is done, all at once.
 */
stops: Array<Problem>, };

export type StepState = "todo" | "ready" | "running" | "waiting" | "done" | "blocked" | "look";

export type Lead = { 
/**
 * What the button says.
 */
label: string, 
/**
 * The page it leads to.
 */
page: string, };

export type StepView = { 
/**
 * The key of its place.
 */
id: string, 
/**
 * The environment it is of; `None` where all share it.
 */
environment: string | null, title: string, 
/**
 * The title in the sidebar.
 */
short: string, why: string, 
/**
 * What the primary button says.
 */
verb: string, 
/**
 * Why this differs from the guide.
 */
guide: string, 
/**
 * Whether applying changes anything outside Hubwright.
 */
acts: boolean, 
/**
 * There is something of it to take back, or may be.
 */
removable: boolean, 
/**
 * What a removal destroys that nobody can bring back; empty where it can be made again.
 */
loses: string, state: StepState, 
/**
 * The state in one sentence.
 */
sentence: string, 
/**
 * Titles of the steps that must be done first.
 */
waits_for: Array<string>, 
/**
 * What its button leads to now: nothing can be done here before that.
 */
lead: Lead | null, 
/**
 * What it needs comes from other people, and nothing of it is here: whether they were asked. `None` where it does not.
 */
asked: boolean | null, form: Form, 
/**
 * It is looked at again after each answer, in an instant: nothing on it need wait for that.
 */
at_once: boolean, 
/**
 * The button that makes values up: it is a practice deployment, and the page can make some up now.
 */
makes_up: string | null, values: Values, problems: Array<Problem>, views: Array<View>, 
/**
 * What a removal would take, once that was asked.
 */
removal: Plan | null, 
/**
 * The run that found it: a removal is confirmed by it.
 */
removal_run: number | null, 
/**
 * The plan that holds for what is entered now.
 */
plan: Plan | null, 
/**
 * Names that plan when it is confirmed.
 */
plan_run: number | null, progress: string, 
/**
 * It is at work, but only looks: its answers can be changed meanwhile.
 */
looking: boolean, 
/**
 * When the run under way began, RFC 3339.
 */
began: string | null, 
/**
 * How many seconds an apply takes, from earlier ones, else as the step says.
 */
expected: number, 
/**
 * How many seconds it takes until it is read and planned, likewise.
 */
reads: number, 
/**
 * How many minutes the page takes of a person.
 */
minutes: number, 
/**
 * The titles of what is done by hand before it and is not done yet.
 */
by_hand: Array<string>, log_size: number, 
/**
 * When the world was last looked at, RFC 3339.
 */
checked_at: string | null, };

export type ByHandView = { id: string, title: string, sentence: string, 
/**
 * How many minutes it takes a person, about.
 */
minutes: number, 
/**
 * The names of the environments that it is done in.
 */
done: Array<string>, };

export type ChapterView = { title: string, steps: Array<StepView>, 
/**
 * What has no page yet.
 */
by_hand: Array<ByHandView>, };

export type Acting = { 
/**
 * Its ARN.
 */
identity: string, 
/**
 * How it is had, in words: `profile \`name\``.
 */
how: string, 
/**
 * When its session ends, RFC 3339; `None` where it does not.
 */
until: string | null, };

export type Lost = { 
/**
 * In a sentence.
 */
what: string, 
/**
 * The pages that make it again, by their keys, in order.
 */
pages: Array<string>, 
/**
 * They are at it.
 */
at_work: boolean, };

export type Context = { name: string, 
/**
 * The environment that is shown.
 */
environment: string, 
/**
 * All of them, the first one first; empty where the deployment was not named yet.
 */
environments: Array<string>, region: string, 
/**
 * Twelve digits.
 */
account: string, 
/**
 * Who acts: first who sets the deployment up, then the others in use.
 */
identities: Array<Acting>, 
/**
 * True: nothing real is touched. `None` until it was chosen.
 */
practice: boolean | null, 
/**
 * The world in which things were made is gone, and they with it.
 */
lost: Lost | null, 
/**
 * What is done by hand next, by its id.
 */
by_hand: string | null, };

export type Snapshot = { seq: number, deployment: string, 
/**
 * The page to open on: the one that was looked at last, or, where that is done, the next one. `None` where nothing is next.
 */
page: string | null, context: Context, chapters: Array<ChapterView>, 
/**
 * Said once at the top: a damaged journal was set aside, say.
 */
notices: Array<Problem>, };

export type EventKind = { "type": "step_changed", view: StepView, } | { "type": "progress", text: string, } | { "type": "shown", views: Array<View>, } | { "type": "line", size: number, } | { "type": "asked", text: string, } | { "type": "answered" } | { "type": "ended", ok: boolean, } | { "type": "context_changed", context: Context, };

export type Event = { seq: number, step: string, } & ({ "type": "step_changed", view: StepView, } | { "type": "progress", text: string, } | { "type": "shown", views: Array<View>, } | { "type": "line", size: number, } | { "type": "asked", text: string, } | { "type": "answered" } | { "type": "ended", ok: boolean, } | { "type": "context_changed", context: Context, });

export type Work = "check" | "plan" | "apply" | "plan_removal" | "remove";

export type Remaining = { 
/**
 * The name of the page, as the sidebar has it; with its environment where there are several.
 */
page: string, things: Array<string>, };

export type Going = { 
/**
 * The key of the page's place.
 */
id: string, 
/**
 * The name of the page, as the sidebar has it; with its environment where there are several.
 */
page: string, things: Array<string>, 
/**
 * What is lost for good with it, in sentences; empty where it can be made again.
 */
loses: string, 
/**
 * The run that found it, by which it is confirmed.
 */
run: number, };

export type Everything = { 
/**
 * The pages that something goes of, in the order in which it goes.
 */
pages: Array<Going>, 
/**
 * What must be mended before anything goes.
 */
stops: Array<Problem>, 
/**
 * What stays all the same, and why, in sentences.
 */
stays: Array<string>, 
/**
 * Every page was looked at, and nothing that Hubwright made remains.
 */
nothing: boolean, 
/**
 * What is to be typed before.
 */
name: string, };

export type Removed = { 
/**
 * Why it stopped; empty where everything that was shown is gone. No page after that one was touched.
 */
stopped: Array<Problem>, 
/**
 * The pages whose things are gone, by the keys of their places, each with what it said.
 */
gone: Array<[string, string]>, 
/**
 * That everything is gone, with what the pages leave behind; empty where it stopped.
 */
said: string, };

export type Remains = { 
/**
 * Things of it that are in the world, by the page that made them.
 */
there: Array<Remaining>, 
/**
 * Pages that made something and could not be looked at, each with the reason: what they made may be there.
 */
unknown: Array<string>, 
/**
 * How many entries of the keychain go with it.
 */
secrets: number, 
/**
 * What is lost with it, in sentences that say whether it is anywhere else.
 */
loses: Array<string>, 
/**
 * What Hubwright cannot remove, since a person made it, in a sentence; empty where nothing was.
 */
by_hand: string, 
/**
 * What is to be typed where something remains.
 */
name: string, };

export type Start = { deployments: Array<Known>, sites: Array<SiteChoice>, 
/**
 * A whole profile, as an example for whoever writes one.
 */
example: string, 
/**
 * The deployment that was open when the last window ended.
 */
last: string | null, };

export type Line = { state: Asked, text: string, };

export type Known = { id: string, 
/**
 * Empty where it was not named yet.
 */
name: string, environment: string, practice: boolean, done: number, steps: number, 
/**
 * Every page of it was done when it was looked at last, and so is what is done by hand outside of practice.
 */
finished: boolean, 
/**
 * Everything that it made was removed, as far as is known here: nobody is invited to make it again.
 */
removed: boolean, 
/**
 * Its owner put it away.
 */
archived: boolean, 
/**
 * Who is waited for, and what is next.
 */
lines: Array<Line>, };

export type SiteChoice = { id: string, name: string, };

export type Drag = { "type": "over" } | { "type": "away" } | { "type": "dropped", paths: Array<string>, };

export type Entry = { 
/**
 * By this computer's clock: `28 Nov 2026`, and `18:04:31`.
 */
day: string, time: string, 
/**
 * The name of the page, as the sidebar has it; with its environment where there are several.
 */
page: string, 
/**
 * What it is, in a word or two: `Removed`.
 */
word: string, mark: Mark, text: string, 
/**
 * Who sat at the computer; empty where it is not known.
 */
person: string, 
/**
 * The identity that acted, as AWS names it in full; empty where none did.
 */
acting: string, 
/**
 * All of it in one line, for the clipboard and a file.
 */
line: string, };

export type Term = { word: string, 
/**
 * How it also stands in texts. A small first letter also stands for a large one; `s` may follow.
 */
forms: Array<string>, means: string, };

export type Block = { "block": "heading", text: string, } | { "block": "text", text: string, } | { "block": "item", depth: number, 
/**
 * Its number, where the list has numbers: `1.`
 */
number: string, text: string, } | { "block": "command", depth: number, text: string, };

export type Told = { 
/**
 * `lines 17 to 35`
 */
place: string, blocks: Array<Block>, 
/**
 * What has changed since it was written, a sentence or two each.
 */
changed: Array<string>, };

export type How = { 
/**
 * Of what is done by hand.
 */
id: string, own: Array<Block>, told: Told | null, };

export type Share = { what: string, 
/**
 * How it is reckoned, in words.
 */
rate: string, 
/**
 * A month of it: `$18.25`
 */
monthly: string, };

export type Cost = { sentence: string, parts: Array<Share>, };

export type Way = { 
/**
 * The guide's title; empty where the institution has none.
 */
guide: string, by_hand: Array<How>, cost: Cost | null, };

export type Kept = { title: string, sentence: string, path: string, 
/**
 * The desktop has a program that shows it.
 */
opens: boolean, };
