// Small programs, each a process of its own: node programs.mjs NAME DIRECTORY
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadNative } from '../../dist/binding.js'
import { PartitionLog } from '../../dist/log/index.js'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')

async function filled(directory) {
  const log = await PartitionLog.open(directory, { flush: 'os', segmentBytes: 1 << 20 })
  for (let i = 0; i < 5000; i++) log.appendSync({ value: `${i}`.padStart(1000, '.') })
  return log
}

/** Collects garbage until `isDone`, letting finalizers run in between. */
async function collectUntil(isDone) {
  for (let round = 0; round < 200 && !isDone(); round++) {
    gc()
    await new Promise((next) => setImmediate(next))
  }
  return isDone()
}

const programs = {
  /** Buffers outlive views, log and file; what nobody refers to is let go. */
  async collected(directory) {
    const { pinnedBytes } = loadNative()
    let log = await filled(directory)
    let kept = []
    for (let offset = 0; offset < 5000; ) {
      const view = await log.read(offset)
      kept.push({ offset, record: [...view][0] })
      offset = view.nextOffset
      if (offset % 2 === 0) view.release()
    }
    await log.truncateTo(0)
    await log.close()
    log = undefined
    for (let round = 0; round < 20; round++) await collectUntil(() => round >= 0)
    const wrong = kept.filter(
      ({ offset, record }) => String(record.value) !== `${offset}`.padStart(1000, '.'),
    )
    const pinned = pinnedBytes()
    kept = undefined
    const released = await collectUntil(() => pinnedBytes() === 0)
    console.log(JSON.stringify({ wrong: wrong.length, pinned: pinned > 0, released }))
  },

  /** Views that were never looked into, and logs that were never closed, go as well. */
  async abandoned(directory) {
    for (let i = 0; i < 20; i++) {
      const log = await PartitionLog.open(`${directory}-${i}`, { flush: 'os' })
      log.appendSync({ value: Buffer.alloc(200_000) })
      for (let j = 0; j < 50; j++) await log.read(0)
      if (i % 2 === 0) await log.close()
      await collectUntil(() => true)
    }
    console.log(JSON.stringify({ ended: true }))
  },

  async append(directory) {
    const log = await PartitionLog.open(directory)
    log.append({ value: 'x' }).then(({ baseOffset }) => console.log(`stored ${baseOffset}`))
  },

  async tail(directory) {
    const log = await PartitionLog.open(directory, { readOnly: true })
    log
      .tail(0)
      .next()
      .then(({ value }) => console.log(`found ${[...value][0].value}`))
    console.log('waiting')
  },

  async 'one of two tails'(directory) {
    const left = await PartitionLog.open(`${directory}-left`)
    const log = await PartitionLog.open(directory)
    const tail = left.tail(0)
    tail.next()
    log
      .tail(0)
      .next()
      .then(({ value }) => console.log(`found ${[...value][0].value}`))
    await new Promise((resolve) => setImmediate(resolve)) // Both wait.
    await tail.return()
    await left.close()
    setTimeout(() => log.appendSync({ value: 'late' }), 100).unref()
  },

  async 'left tail'(directory) {
    const log = await PartitionLog.open(directory)
    const tail = log.tail(0)
    tail.next().then(({ done }) => console.log(`done ${done}`))
    setImmediate(() => tail.return())
  },
}

const [name, directory] = process.argv.slice(2)
await programs[name](directory)
