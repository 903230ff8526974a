/** "Report a problem": the order is offered, the shopper says what is wrong, and keeps the words if sending fails. */
import { Refusal } from "./answers.js";
import { make } from "./make.js";

/** @type {[value: string, text: string][]} what the shop understands, and how we say it */
const PROBLEMS = [
  ["damaged", "damaged"],
  ["missing", "missing_item"],
  ["wrong_item", "wrong_item"],
  ["late", "late"],
  ["quality", "quality"],
  ["other", "other"],
];

export class ReportForm {
  /**
   * @param {import("./answers.js").Order[]} orders the recent ones; the newest is chosen
   * @param {import("./texts.js").Speech} speech
   * @param {import("./answers.js").Answers} answers
   * @param {(receipt: import("./answers.js").Receipt) => void} onsent
   */
  constructor(orders, speech, answers, onsent) {
    this.speech = speech;
    this.answers = answers;
    this.onsent = onsent;
    this.error = make("p", { role: "alert", className: "bad" });
    this.form = make(
      "form",
      { onsubmit: (/** @type {SubmitEvent} */ event) => this.#submit(event) },
      orders.length > 0 && this.#orders(orders),
      this.#problem(),
      this.#text(),
      this.error,
      make("button", {}, speech.say("send")),
    );
  }

  /** @param {import("./answers.js").Order[]} orders */
  #orders(orders) {
    const choices = orders.map(({ id, name, placed_at, total, currency, lines }, index) =>
      this.#choice(
        id,
        index === 0,
        `${name} · ${this.speech.money(total, currency)}`,
        this.speech.date(placed_at),
        lines.map((line) => `${line.quantity} × ${line.title}`).join(" · "),
      ),
    );
    return make(
      "fieldset",
      {},
      make("legend", {}, this.speech.say("about")),
      make("div", { className: "orders" }, choices, this.#choice("", false, this.speech.say("none"))),
    );
  }

  /** @param {string} value @param {boolean} checked @param {string} name @param {string[]} details */
  #choice(value, checked, name, ...details) {
    return make(
      "label",
      {},
      make("input", { type: "radio", name: "order_id", value, checked }),
      make("span", {}, name),
      details.map((detail) => make("small", {}, detail)),
    );
  }

  #problem() {
    const options = [["", "choose"], ...PROBLEMS].map(([value, text]) =>
      make("option", { value }, this.speech.say(text)),
    );
    return make("label", {}, this.speech.say("problem"), make("select", { name: "problem", required: true }, options));
  }

  #text() {
    return make(
      "label",
      {},
      this.speech.say("text"),
      make("textarea", { name: "text", required: true, rows: 4, maxLength: 4000 }),
    );
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const said = new FormData(this.form);
    const order_id = String(said.get("order_id") || "") || null;
    this.#clear();
    this.form.inert = true;
    try {
      this.onsent(
        await this.answers.report({ order_id, problem: String(said.get("problem")), text: String(said.get("text")) }),
      );
    } catch (error) {
      this.form.inert = false;
      this.#explain(error);
    }
  }

  #clear() {
    this.error.textContent = "";
    this.form.querySelectorAll("label .bad").forEach((note) => note.remove());
    this.form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  }

  /** Beside the field where the shop names one, else above the button. @param {unknown} error */
  #explain(error) {
    if (!(error instanceof Refusal))
      return this.#say(this.speech.say(error instanceof TypeError ? "offline" : "failed"));
    if (error.status === 401) return this.#say(this.speech.say("expired"));
    const fields = Object.entries(error.errors)
      .map(([name, reasons]) => this.#mark(name, reasons.join(" ")))
      .filter(Boolean);
    if (fields.length) return fields[0]?.focus();
    this.#say(error.message || this.speech.say("failed"));
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.error.textContent = sentence;
    this.form.querySelector("button")?.focus();
  }

  /** @param {string} name @param {string} reason @returns {HTMLElement | null} the field */
  #mark(name, reason) {
    const field = /** @type {HTMLElement | null} */ (this.form.querySelector(`[name="${CSS.escape(name)}"]`));
    if (field) field.ariaInvalid = "true";
    field?.closest("label")?.append(make("p", { className: "bad", role: "alert" }, reason));
    return field;
  }
}
