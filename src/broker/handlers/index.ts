import type { Handler } from '../handler.js'
import { apiVersionsHandler } from './api-versions.js'
import { createPartitionsHandler } from './create-partitions.js'
import { createTopicsHandler } from './create-topics.js'
import { deleteTopicsHandler } from './delete-topics.js'
import { describeClusterHandler } from './describe-cluster.js'
import { describeLogDirsHandler } from './describe-log-dirs.js'
import { metadataHandler } from './metadata.js'

const all: readonly Handler[] = [
  apiVersionsHandler(() => all),
  createPartitionsHandler,
  createTopicsHandler,
  deleteTopicsHandler,
  describeClusterHandler,
  describeLogDirsHandler,
  metadataHandler,
]

/** By the key of their API. */
export const handlers: ReadonlyMap<number, Handler> = new Map(all.map((one) => [one.api.key, one]))
