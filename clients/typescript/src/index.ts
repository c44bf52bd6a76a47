/** The client of Largesse, the open promotions engine. */

export { Largesse } from "./client.js";
export { LargesseError } from "./error.js";
export type * from "./generated.js";
export type { Changes, LargesseOptions, Options } from "./options.js";
export { Pages, type Page } from "./pages.js";
export {
  verifyWebhook,
  WebhookError,
  type Webhook,
  type WebhookErrorCode,
  type WebhookHeaders,
  type WebhookOptions,
} from "./webhook.js";
