import type { Handler } from '../handler.js'
import { apiVersionsHandler } from './api-versions.js'
import { createTopicsHandler } from './create-topics.js'
import { describeClusterHandler } from './describe-cluster.js'
import { metadataHandler } from './metadata.js'

const all: readonly Handler[] = [
  apiVersionsHandler(() => all),
  createTopicsHandler,
  describeClusterHandler,
  metadataHandler,
]

/** By the key of their API. */
export const handlers: ReadonlyMap<number, Handler> = new Map(all.map((one) => [one.api.key, one]))
