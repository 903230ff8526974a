/** The panel: what the shopper sees after opening the widget. Everything is written as text nodes, never as HTML. */
import { Answers, Refusal } from "./answers.js";
import { make } from "./make.js";
import { ReportForm } from "./report.js";
import { sheet } from "./style.js";
import { Speech } from "./texts.js";

/** @typedef {import("./answers.js").Program} Program */
/** @typedef {import("./answers.js").Me} Me */

export class Panel {
  #title = make("h2", { tabIndex: -1 });
  #status = make("p", { role: "status" });
  #main = make("main");
  /** @type {ReportForm | null} a report begun stays until it is sent */
  #report = null;

  /** @param {HTMLElement & import("./answers.js").Asker} widget */
  constructor(widget) {
    this.loginUrl = widget.getAttribute("login-url");
    this.answers = new Answers(widget);
    this.speech = new Speech(widget.language, widget.getAttribute("currency") || "EUR");
    const close = make(
      "button",
      { type: "button", className: "close", ariaLabel: this.speech.say("close"), onclick: () => this.close() },
      "×",
    );
    this.dialog = make(
      "dialog",
      { part: "panel", lang: this.speech.lang, ariaLabel: this.speech.say("title") },
      this.#status,
      make("header", {}, this.#title, close),
      this.#main,
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.close());
    widget.shadowRoot?.adoptedStyleSheets.push(sheet);
    widget.shadowRoot?.append(this.dialog);
  }

  /** Opens, and asks anew unless a report is being written. */
  open() {
    if (!this.dialog.open) this.dialog.showModal();
    if (!this.#report?.form.isConnected) this.load();
  }

  close() {
    this.dialog.close();
  }

  async load() {
    this.#show("title", this.speech.say("loading"), ...[1, 2, 3].map(() => make("div", { className: "wait" })));
    try {
      const [program, me] = await Promise.all([this.answers.program(), this.#meOrNobody()]);
      this.speech.unit = program.unit;
      if (me) this.#overview(program, me);
      else this.#invitation(program);
    } catch (error) {
      this.#sorry(error);
    }
  }

  async #meOrNobody() {
    try {
      return await this.answers.me();
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) return null;
      throw error;
    }
  }

  /**
   * @param {string} title a key of the texts, or a sentence
   * @param {string} status what a screen reader is told
   * @param {import("./make.js").Child[]} nodes
   */
  #show(title, status, ...nodes) {
    this.#title.textContent = this.speech.say(title);
    this.#status.textContent = status;
    this.#main.replaceChildren(make("div", {}, ...nodes));
    this.#main.scrollTop = 0;
    this.#title.focus();
  }

  /** @param {unknown} error */
  #sorry(error) {
    const why = this.speech.say(error instanceof TypeError ? "offline" : "failed");
    this.#show(
      "title",
      why,
      make(
        "div",
        { className: "middle" },
        make("p", {}, why),
        this.#button("retry", () => this.load()),
      ),
    );
  }

  /** @param {Program} program */
  #invitation(program) {
    const { speech, loginUrl } = this;
    this.#show(
      "title",
      speech.say("invite"),
      make(
        "div",
        { className: "card" },
        make("p", { className: "lead" }, speech.say("invite")),
        make("p", {}, speech.say("join")),
        loginUrl && make("a", { className: "button", href: loginUrl }, speech.say("login")),
      ),
      this.#section(
        "rewards",
        program.rewards.map(({ name, cost }) => [name, make("b", {}, speech.points(cost))]),
        true,
      ),
      this.#program(program, true),
    );
  }

  /** @param {Program} program @param {Me} me */
  #overview(program, me) {
    const { speech } = this;
    const title = me.customer.name ? speech.say("hello", { name: me.customer.name }) : "title";
    this.#show(
      title,
      `${speech.say("yours")}: ${speech.points(me.points.available)}`,
      this.#balance(me),
      this.#section(
        "rewards",
        me.rewards.map((reward) => this.#reward(reward)),
        true,
      ),
      this.#program(program, false),
      this.#section(
        "reports",
        me.complaints.map(({ subject, status, opened_at }) => [
          subject,
          make("small", {}, speech.say(status)),
          make("small", {}, speech.date(opened_at)),
        ]),
      ),
      this.#history(me),
      make(
        "footer",
        {},
        this.#button("report", () => this.#startReport(program, me), "outline"),
      ),
    );
  }

  /** @param {Me} me */
  #balance({ points, tier }) {
    const { speech } = this;
    const [soonest] = points.expiring;
    return [
      make(
        "div",
        { className: "card" },
        make("p", {}, speech.say("yours")),
        make("p", { className: "big" }, speech.points(points.available)),
        points.pending > 0 &&
          points.releasing.length !== 1 &&
          make("p", { className: "fine" }, speech.say("pending", { points: speech.points(points.pending) })),
        points.releasing.map((lot) => make("p", { className: "fine" }, this.#lot("release", lot))),
        points.reserved > 0 &&
          make("p", { className: "fine" }, speech.say("reserved", { points: speech.points(points.reserved) })),
        this.#tier(tier),
      ),
      points.debt > 0 &&
        make("p", { className: "note bad" }, speech.say("debt", { points: speech.points(points.debt) })),
      soonest && make("p", { className: "note" }, this.#lot("expiring", soonest)),
    ];
  }

  /** @param {string} key @param {import("./answers.js").Lot} lot */
  #lot(key, { points, on }) {
    return this.speech.say(key, { points: this.speech.points(points), date: this.speech.date(on) });
  }

  /** @param {Me["tier"]} tier */
  #tier({ name, until, multiplier, progress }) {
    const { speech } = this;
    const extra = [
      Number(multiplier) !== 1 && speech.times(multiplier),
      until && speech.say("until", { date: speech.date(until) }),
    ];
    const ahead = progress?.next && [
      make("progress", { max: progress.at, value: progress.reached, ariaLabel: progress.next }),
      make(
        "p",
        { className: "fine" },
        speech.say("next", { points: speech.points(progress.missing), tier: progress.next }),
      ),
    ];
    if (!name && !ahead) return null;
    return make(
      "div",
      { className: "tier" },
      name && make("p", {}, make("b", {}, name), " ", extra.filter(Boolean).join(" · ")),
      ahead,
    );
  }

  /** @param {Me["rewards"][0]} reward */
  #reward({ name, cost, affordable, missing }) {
    const { speech } = this;
    const left = speech.say("missing", { points: speech.points(missing) });
    return [
      name,
      make("b", {}, speech.points(cost)),
      !affordable && make("progress", { max: cost, value: cost - missing, ariaLabel: name }),
      make("small", { className: affordable ? "good" : "" }, affordable ? speech.say("enough") : left),
    ];
  }

  /** The rules, the same for everybody. @param {Program} program @param {boolean} open */
  #program({ earn, tiers }, open) {
    const { speech } = this;
    const ways = earn.map(({ kind, points, points_per_unit, currency }) => [
      speech.say(kind, { points: speech.points(Number(points ?? points_per_unit)), money: speech.one(currency) }),
    ]);
    const levels = tiers.map(({ name, at, multiplier, perks }) => {
      const gifts = [
        Number(multiplier) !== 1 && speech.times(multiplier),
        ...perks.map((perk) => speech.say(perk)),
      ];
      return [
        name,
        make("b", {}, speech.say("from", { points: speech.points(at) })),
        make("small", {}, gifts.filter(Boolean).join(", ")),
      ];
    });
    return [this.#section("earn", ways, open), this.#section("tiers", levels)];
  }

  /** @param {Me} me */
  #history({ history }) {
    if (!history.length) return make("p", { className: "note" }, this.speech.say("empty"));
    return this.#section(
      "history",
      history.map(({ at, points, why }) => [
        why,
        make("b", { className: points > 0 ? "good" : "" }, this.speech.change(points)),
        make("small", {}, this.speech.date(at)),
      ]),
    );
  }

  /**
   * Nothing at all when there is nothing to list.
   * @param {string} key @param {import("./make.js").Child[][]} rows @param {boolean} [open]
   */
  #section(key, rows, open = false) {
    if (!rows.length) return null;
    return make(
      "details",
      { open },
      make("summary", {}, this.speech.say(key)),
      make(
        "ul",
        {},
        rows.map(([name, ...rest]) => make("li", {}, make("span", {}, name), rest)),
      ),
    );
  }

  /** @param {Program} program @param {Me} me */
  #startReport(program, me) {
    this.#report ||= new ReportForm(me.orders, this.speech, this.answers, (receipt) => this.#thank(receipt));
    this.#show(
      "report",
      "",
      this.#report.form,
      this.#button("back", () => this.#overview(program, me), "plain"),
    );
  }

  /** @param {import("./answers.js").Receipt} receipt */
  #thank({ reference }) {
    this.#report = null;
    this.#show(
      "thanks",
      this.speech.say("thanked"),
      make(
        "div",
        { className: "middle" },
        make("p", { className: "tick", ariaHidden: "true" }, "✓"),
        make("p", {}, this.speech.say("thanked")),
        make("p", { className: "note" }, this.speech.say("reference", { reference })),
        this.#button("back", () => this.load()),
      ),
    );
  }

  /** @param {string} key @param {() => void} onclick @param {string} [className] */
  #button(key, onclick, className = "") {
    return make("button", { type: "button", className, onclick }, this.speech.say(key));
  }
}
