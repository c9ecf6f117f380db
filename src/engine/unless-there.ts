import { DuramenError } from '../errors.js'

/** For a topic that somebody else may make at the same time: then that one is as good. */
export async function unlessThere(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error) => {
    if (!(error instanceof DuramenError) || error.code !== 'ERR_TOPIC_EXISTS') throw error
  })
}
