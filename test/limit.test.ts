import { describe, expect, it } from 'vitest'
import { Limit } from '../src/limit.js'
import { turn } from './support/logs.js'

describe('a limit', () => {
  it('begins as many things as it allows, and the others in their order as those end', async () => {
    const limit = new Limit(2)
    const begun: number[] = []
    const ends: (() => void)[] = []
    const all = Array.from({ length: 5 }, (_, i) =>
      limit.run(async () => {
        begun.push(i)
        await new Promise<void>((resolve) => ends.push(resolve))
        return i
      }),
    )
    expect(begun).toEqual([0, 1])
    ends[1]?.()
    await turn()
    expect(begun).toEqual([0, 1, 2])
    for (const i of [0, 2, 3, 4]) {
      ends[i]?.()
      await turn()
    }
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4])
    expect(begun).toEqual([0, 1, 2, 3, 4])
  })

  it('goes on after one that fails', async () => {
    const limit = new Limit(1)
    const failed = limit.run(() => Promise.reject(new Error('no')))
    const next = limit.run(async () => 'next')
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('next')
    expect(await limit.run(async () => 'last')).toBe('last')
  })
})
