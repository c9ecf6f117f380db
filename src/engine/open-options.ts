import { type EngineOptions, engineOptions } from '../config/engine-config.js'
import { type GroupOptions, groupOptions } from '../config/group-config.js'
import { checkedOptions } from '../config/option.js'
import {
  changedOverrides,
  type TopicConfigInput,
  type TopicOverrides,
} from '../config/topic-config.js'

export interface OpenOptions extends Partial<EngineOptions> {
  /** Of the group coordinator. */
  readonly groups?: Partial<GroupOptions>
  /** Configurations of topics that do not say otherwise themselves. Default: Kafka's defaults. */
  readonly topicDefaults?: TopicConfigInput
}

/** All of them, as an engine goes by them. */
export interface CheckedOptions {
  readonly options: Readonly<EngineOptions>
  readonly groupOptions: Readonly<GroupOptions>
  readonly topicDefaults: TopicOverrides
}

/** @throws DuramenError `ERR_INVALID_OPTION` */
export function checkedOpenOptions(given: OpenOptions): CheckedOptions {
  const { groups = {}, topicDefaults = {}, ...options } = given
  return {
    options: checkedOptions(engineOptions, options),
    groupOptions: checkedOptions(groupOptions, groups),
    topicDefaults: changedOverrides({}, topicDefaults),
  }
}
