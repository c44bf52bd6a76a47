/** What the compiler must refuse; it is never run. */

import { Largesse, LargesseError, type Order, type Promotion } from "@largesse/client";

export async function refused(largesse: Largesse): Promise<void> {
  // @ts-expect-error a key is needed
  new Largesse({ url: "http://127.0.0.1:8080" });
  // @ts-expect-error the currency is missing
  await largesse.evaluate({ cart: { lines: [] } });
  // @ts-expect-error amounts are texts: 12.95 is not exact
  await largesse.evaluate({ cart: { currency: "USD", lines: [{ id: "1", product_id: 1, quantity: 1, price: 12.95 }] } });
  // @ts-expect-error there is no such field
  await largesse.promotions.create({ name: "A", redemption_type: "AUTOMATIC", rules: [], colour: "red" });
  // @ts-expect-error only the server says so
  await largesse.promotions.create({ name: "A", redemption_type: "AUTOMATIC", rules: [], current_uses: 3 });
  // @ts-expect-error it is AUTOMATIC or COUPON
  await largesse.promotions.create({ name: "A", redemption_type: "MAGIC", rules: [] });
  // @ts-expect-error an id is needed
  await largesse.orders.get();
  // @ts-expect-error there is no such status
  largesse.promotions.list({ status: "sleeping" });
  // @ts-expect-error prices take no idempotency key
  await largesse.evaluate({ cart: { currency: "USD", lines: [] } }, { idempotencyKey: "a" });
  // @ts-expect-error there is no such operation
  await largesse.orders.destroy(1);
  // @ts-expect-error what the server tells cannot be set
  (await largesse.promotions.get(1)).id = 2;
  // @ts-expect-error a group stays what it is
  largesse.orders = {};
}

export async function accepted(largesse: Largesse): Promise<void> {
  const promotion: Promotion = await largesse.promotions.get(1);
  const id: number = promotion.id;
  // What was read can be changed and sent back.
  await largesse.promotions.change(id, { name: `${promotion.name}!`, end_date: null }, { ifMatch: '"1"' });
  await largesse.promotions.create({ ...promotion, name: "A copy" });
  for await (const order of largesse.orders.list({ limit: 250 })) {
    const typed: Order = order;
    const total: string = typed.totals.total;
    void total;
  }
  const codes: string = await largesse.couponCodes.export(id);
  const nothing: void = await largesse.couponCodes.delete(id, 1);
  await largesse.evaluate({ cart: { currency: "USD", lines: [] } }, { signal: AbortSignal.timeout(1000), retries: 0 });
  void [codes, nothing, new LargesseError({ code: "network", detail: "" }).errors[0]?.pointer];
}
