/**
 * What the widget asks the shop's Regulars, and what it is answered.
 *
 * @typedef {{ points: number, on: string }} Lot  points that arrive or expire on a day
 * @typedef {{ kind: string, points?: number, points_per_unit?: string, currency?: string }} Way
 * @typedef {{ name: string, at: number, multiplier: string, perks: string[] }} Level
 * @typedef {{ id: string, name: string, cost: number, kind: string, value: string }} Offer
 * @typedef {{ unit: string, earn: Way[], rewards: Offer[], tiers: Level[] }} Program
 *
 * @typedef {{ available: number, pending: number, reserved: number, debt: number,
 *   expiring: Lot[], releasing: Lot[] }} Points
 * @typedef {{ next: string | null, missing: number, reached: number, at: number }} Progress
 * @typedef {{ name: string | null, until: string | null, multiplier: string, progress: Progress | null }} Tier
 * @typedef {{ id: string, name: string, cost: number, affordable: boolean, missing: number }} Reward
 * @typedef {{ at: string, points: number, kind: string, why: string }} Entry
 * @typedef {{ title: string, quantity: number }} Line
 * @typedef {{ id: string, name: string, placed_at: string, total: string, currency: string, lines: Line[] }} Order
 * @typedef {{ id: string, status: string, subject: string, opened_at: string }} Complaint
 * @typedef {{ customer: { name: string | null }, points: Points, tier: Tier, rewards: Reward[], history: Entry[],
 *   orders: Order[], complaints: Complaint[] }} Me
 *
 * @typedef {{ order_id: string | null, problem: string, text: string }} Report
 * @typedef {{ id: string, status: string, reference: string }} Receipt
 *
 * @typedef {{ shop: string, api: string, language: string, token: () => Promise<string> }} Asker  the widget
 */

/** The shop's answer was no. `status` 401: nobody is logged in. */
export class Refusal extends Error {
  /** @param {number} status @param {{ detail?: string, errors?: Record<string, string[]> }} [problem] RFC 9457 */
  constructor(status, { detail = "", errors = {} } = {}) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** Asks, with the shopper's token where it takes one. Throws Refusal, or TypeError when there is no connection. */
export class Answers {
  #token = "";
  #sent = "";
  #key = "";

  /** @param {Asker} asker */
  constructor(asker) {
    this.asker = asker;
  }

  /** @returns {Promise<Program>} */
  program() {
    return this.#ask("program");
  }

  /** @returns {Promise<Me>} */
  me() {
    return this.#askAsShopper("me");
  }

  /**
   * The same words keep their key: a second try after a lost answer is not a second report.
   * @param {Report} report @returns {Promise<Receipt>}
   */
  async report(report) {
    const body = JSON.stringify(report);
    if (body !== this.#sent) this.#key = crypto.getRandomValues(new Uint32Array(4)).join("-");
    this.#sent = body;
    const headers = { "Content-Type": "application/json", "Idempotency-Key": this.#key };
    const receipt = await this.#askAsShopper("complaints", { method: "POST", body, headers });
    this.#sent = "";
    return receipt;
  }

  /** A refused token is fetched anew, once. @param {string} path @param {RequestInit} [options] */
  async #askAsShopper(path, options) {
    try {
      return await this.#askWithToken(path, options);
    } catch (error) {
      if (!this.#token || !(error instanceof Refusal) || error.status !== 401) throw error;
      this.#token = "";
      return this.#askWithToken(path, options);
    }
  }

  /** @param {string} path @param {RequestInit} [options] */
  async #askWithToken(path, options = {}) {
    this.#token ||= await this.asker.token();
    if (!this.#token) throw new Refusal(401);
    return this.#ask(path, { ...options, headers: { ...options.headers, Authorization: `Bearer ${this.#token}` } });
  }

  /** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} */
  async #ask(path, options = {}) {
    const { api, shop, language } = this.asker;
    const answer = await fetch(`${api}/storefront/${encodeURIComponent(shop)}/${path}`, {
      ...options,
      headers: { "Accept-Language": language, ...options.headers },
      signal: AbortSignal.timeout(15000),
    });
    if (answer.ok) return answer.json();
    throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  }
}
