import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartitionLog } from '../../src/log/index.js'
import { KilledLog, overwrite } from '../support/killed-log.js'
import { batchOf, faultOf, readAll } from '../support/logs.js'

const firstSegment = '00000000000000000000.log'
const batches = [['a', 'b'], ['c'], ['d', 'e', 'f']]
const intact = ['a', 'b', 'c']

/** Where the last batch stands, and the values of all. */
interface Place {
  readonly start: number
  readonly end: number
}

function placeOfLast(content: Buffer): Place {
  let start = 0
  let end = 0
  while (end + 12 <= content.length && content.readInt32BE(end + 8) > 0) {
    start = end
    end += 12 + content.readInt32BE(end + 8)
  }
  return { start, end }
}

interface Found {
  readonly kinds: string[]
  readonly before: string[]
  readonly damage: { fromOffset?: number; toOffset?: number } | undefined
}

/** Opens, reads what can be read, appends, and opens again: what was there has to be still there. */
async function recoverAndGoOn(directory: string, harmed: string): Promise<Found> {
  let log = await PartitionLog.open(directory)
  const kinds = log.info.findings.map(({ kind }) => kind)
  const before = await readAround(log)
  const { baseOffset } = await log.append({ value: 'new' })
  expect(baseOffset, harmed).toBe(before.end)
  await log.close()
  log = await PartitionLog.open(directory)
  const after = await readAround(log)
  expect(after.values, harmed).toEqual([...before.values, 'new'])
  expect(after.end, harmed).toBe(before.end + 1)
  expect(after.fault?.fromOffset, harmed).toBe(before.fault?.fromOffset)
  await log.close()
  return { kinds, before: before.values, damage: before.fault }
}

/** Everything that can be read, on both sides of a damage. */
async function readAround(log: PartitionLog) {
  const values: string[] = []
  let end = log.logStartOffset
  const fault = await faultOf(async () => {
    for (let view = await log.read(end); !view.isEmpty; view = await log.read(end)) {
      for (const record of view) values.push(String(record.value))
      end = view.nextOffset
    }
  })
  if (fault !== undefined) {
    expect(fault.code).toBe('ERR_CORRUPT_BATCH')
    const { toOffset = 0 } = fault
    values.push(...(await readAll(log, toOffset + 1)).map(({ value }) => String(value)))
  }
  return { values, fault, end: log.logEndOffset }
}

type Harm = (path: string, position: number, original: Buffer, end: number) => void

const harms: [string, Harm][] = [
  ['cut off', (path, position) => truncateSync(path, position)],
  [
    'flipped',
    (path, position, original) => {
      overwrite(path, position, Uint8Array.of(original.readUInt8(position) ^ 0x40))
    },
  ],
  [
    'zeroed with its sector',
    (path, position, _, end) => {
      const from = position - (position % 512)
      overwrite(path, from, Buffer.alloc(Math.min(512, end - from)))
    },
  ],
]

describe.each(harms)('a last batch with a byte that was %s', (name, harm) => {
  const wholeSector = name === 'zeroed with its sector'

  interface Case {
    readonly killed: KilledLog
    readonly place: Place
    /** Of one byte in each sector, or of all. */
    readonly positions: number[]
    readonly harmed: (path: string, position: number) => string
    /** Whether the harm cannot be seen: base offset, length and magic are guarded otherwise. */
    readonly isUnseen: (position: number) => boolean
  }

  async function damageable(): Promise<Case> {
    // Far enough into the file that its sector holds a part of other batches as well.
    const killed = await KilledLog.make([['x'.repeat(900)], ...batches])
    const original = killed.contentOf(firstSegment)
    const place = placeOfLast(original)
    const all = Array.from({ length: place.end - place.start }, (_, i) => place.start + i)
    return {
      killed,
      place,
      positions: wholeSector ? all.filter((at) => at === place.start || at % 512 === 0) : all,
      harmed(path, position) {
        harm(join(path, firstSegment), position, original, place.end)
        return `byte ${position - place.start} ${name}`
      },
      isUnseen: (at) => name === 'flipped' && at - place.start >= 12 && at - place.start < 16,
    }
  }

  it('is corruption where it was acknowledged: reported, passed over, nothing cut', async () => {
    const { killed, positions, harmed, isUnseen } = await damageable()
    for (const position of positions) {
      killed.restore()
      const what = harmed(killed.directory, position)
      const { kinds, before, damage } = await recoverAndGoOn(killed.directory, what)
      if (isUnseen(position)) {
        expect(before.slice(1), what).toEqual([...intact, 'd', 'e', 'f'])
        continue
      }
      expect(kinds, what).toEqual(['corruption'])
      expect(damage, what).toMatchObject({ toOffset: 6 })
      if (wholeSector) continue
      expect(damage, what).toMatchObject({ fromOffset: 4 })
      expect(before.slice(1), what).toEqual(intact)
    }
  })

  it('is a torn tail where nothing says that it was acknowledged', async () => {
    const { killed, place, positions, harmed, isUnseen } = await damageable()
    for (const position of positions) {
      const directory = killed.copy()
      const what = harmed(directory, position)
      const { kinds, before, damage } = await recoverAndGoOn(directory, what)
      if (isUnseen(position)) continue
      expect(damage, what).toBeUndefined()
      // What is left of the batch may be zeros, as behind the end of any log.
      const isGone = name === 'cut off' && position < place.start + 8
      expect(kinds, what).toEqual(isGone ? [] : ['torn-tail'])
      if (!wholeSector) expect(before.slice(1), what).toEqual(intact)
    }
  })
})

describe('an append that was cut short by the kill', () => {
  it('leaves no trace, however far it came', async () => {
    const log = await KilledLog.make(batches)
    const content = log.contentOf(firstSegment)
    const { end } = placeOfLast(content)
    const next = batchOf(['torn', 'torn too'], { baseOffset: 6, partitionLeaderEpoch: 0 })
    next.writeInt8(0, 16)
    for (let length = 1; length <= next.length; length++) {
      log.restore()
      overwrite(join(log.directory, firstSegment), end, next.subarray(0, length))
      const { before, damage } = await recoverAndGoOn(log.directory, `${length} bytes`)
      expect(before).toEqual([...intact, 'd', 'e', 'f'])
      expect(damage).toBeUndefined()
    }
  })

  it('is kept or cut off as a whole once its magic byte stands', async () => {
    const log = await KilledLog.make(batches)
    const { end } = placeOfLast(log.contentOf(firstSegment))
    const next = batchOf(['whole', 'whole too'], { baseOffset: 6, partitionLeaderEpoch: 0 })
    overwrite(join(log.directory, firstSegment), end, next)
    const { before, damage } = await recoverAndGoOn(log.directory, 'a whole batch')
    expect([6, 8]).toContain(before.length)
    expect(damage).toBeUndefined()
  })
})
