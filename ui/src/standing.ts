// How a page stands, as a shape and a word: from what the backend says of it, and from the views in which others have their part.
import type { Problem, StepView } from "./bindings";

/** A tick, a person with a tick (nobody but a person says so), a ring, a dashed ring, a turning arc, an hourglass, a bell, a circle
    with an exclamation mark. */
export type Shape = "done" | "said" | "ready" | "later" | "run" | "wait" | "ask" | "bad";

export interface Standing {
  shape: Shape;
  word: string;
  /** Where it counts things: `2 of 4`. */
  count: string;
}

export function standing(step: StepView): Standing {
  const count = counted(step);
  if (step.state === "running") return { shape: "run", word: "at work", count };
  if (step.state === "waiting") return { shape: "ask", word: "waiting for you", count };
  const wrong = fault(step) !== undefined;
  if (step.state === "blocked" && !wrong && waits(step)) return { shape: "wait", word: "waiting for other people", count };
  if (step.state === "look" && wrong) return { shape: "bad", word: "needs a look", count };
  for (const view of step.views) {
    if (view.view !== "board") continue;
    if (view.cards.some((card) => card.state === "due")) return { shape: "ask", word: "somebody should be asked again", count };
    // Others are waited for once nothing is left to send.
    if (view.cards.some((card) => card.state === "unasked")) return { shape: "ready", word: "somebody is still to be asked", count };
    if (view.cards.some((card) => card.state === "waiting")) return { shape: "wait", word: "waiting for other people", count };
  }
  if (step.state === "done") return { shape: "done", word: "done", count };
  if (step.state === "blocked") return { shape: "bad", word: "something else must change first", count };
  if (step.state === "look") return { shape: "ready", word: "to do again: something changed", count };
  if (step.asked && step.state === "ready") return { shape: "wait", word: "waiting for other people", count };
  if (step.by_hand.length) return { shape: "later", word: "after what is done by hand", count };
  return step.waits_for.length || step.state === "todo" ? { shape: "later", word: "later", count } : { shape: "ready", word: "ready", count };
}

/** The problem is on a list that is empty again: nothing is chosen any more, which is nobody's fault. */
export function isEmptied(step: StepView, problem: Problem) {
  const value = problem.field ? step.values[problem.field] : undefined;
  return Array.isArray(value) && !value.length;
}

/** The first thing that is wrong with what is entered, or was found. */
export const fault = (step: StepView) => step.problems.find((problem) => problem.severity === "error" && !(step.state === "look" && isEmptied(step, problem)));

/** Nothing is wrong, and other people have to do their part. */
export const waits = (step: StepView) => step.problems.some((problem) => problem.severity === "waiting");

function counted(step: StepView): string {
  const board = step.views.find((view) => view.view === "board");
  if (!board) return "";
  const here = board.cards.filter((card) => card.state === "arrived").length;
  return here === board.cards.length ? "" : `${here} of ${board.cards.length}`;
}

/** Of several, the one that most wants somebody; for a chapter that is folded. */
export function worst(all: Standing[]): Standing {
  const order: Shape[] = ["bad", "run", "ask", "ready", "wait", "later"];
  const found = order.map((shape) => all.find((one) => one.shape === shape)).find(Boolean);
  return found ?? { shape: "done", word: "done", count: "" };
}

/** What a person said is done by hand, and nobody looked at. */
export const SAID = "done by hand, as you said";
