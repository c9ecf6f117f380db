// A disk whose power can be cut: ext4 in a file, mounted through a loop device.
//
// What the cut takes is what ext4 has not yet written to its device: dirty pages, and everything
// that its journal has not committed (EXT4_GOING_FLAGS_NOLOGFLUSH drops the transaction that is
// open). What it has written stays, because the file behind the loop device is in this kernel's page
// cache: so a device that loses its own cache is not among what this shows.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const bytes = 512 * 2 ** 20
const bootIdFile = '/proc/sys/kernel/random/boot_id'

// Waits for a line, so that the cut comes when it is asked for and not once Python has started.
// 0x8004587d is EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32); 2 is EXT4_GOING_FLAGS_NOLOGFLUSH.
const cutter = `
import fcntl, os, struct, sys
disk = os.open(sys.argv[1], os.O_RDONLY)
print("ready", flush=True)
sys.stdin.readline()
fcntl.ioctl(disk, 0x8004587d, struct.pack("I", 2))
`

function run(...command) {
  execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] })
}

const folderName = 'DURAMEN_POWER_FOLDER'

/**
 * Makes the mounts of this process its own: it runs the same command again in a mount namespace that
 * goes, with all that was mounted there, when the last process in it ends; and removes its files.
 *
 * @returns the exit code of that, or undefined where this is it already
 */
export async function inOwnNamespace() {
  if (process.env[folderName]) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'duramen-power-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const child = spawn('unshare', ['-m', process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [folderName]: folder },
  })
  process.once('exit', () => child.kill('SIGKILL'))
  const [code] = await once(child, 'exit')
  return code ?? 1
}

/** Why nobody can have mounts of their own here; undefined where one can. */
export function whyNoNamespace() {
  try {
    run('unshare', '-m', 'true')
    return undefined
  } catch (error) {
    return `it takes root on Linux: ${reasonOf(error)}`
  }
}

/** Why there can be no such disk in this namespace; undefined where there can. */
export async function whyNoCuts() {
  const disk = new CutDisk()
  try {
    disk.make()
    const power = await disk.armed()
    await power.cut()
    disk.restart()
    return undefined
  } catch (error) {
    return `this machine does not allow it: ${reasonOf(error)}`
  } finally {
    disk.remove()
  }
}

function reasonOf(error) {
  return String(error.stderr ?? '').trim() || error.message
}

export class CutDisk {
  #folder = mkdtempSync(join(process.env[folderName] ?? tmpdir(), 'disk-'))
  #image = join(this.#folder, 'image')
  #bootId = join(this.#folder, 'boot-id')
  #mounted = []
  /** Where files may be made. */
  root = join(this.#folder, 'disk')

  make() {
    mkdirSync(this.root)
    writeFileSync(this.#image, '')
    truncateSync(this.#image, bytes)
    run('mkfs.ext4', '-q', '-F', this.#image)
    this.#mount()
    this.#newBoot()
    run('mount', '--bind', this.#bootId, bootIdFile)
    this.#mounted.push(bootIdFile)
  }

  /** The loop device goes when it is unmounted. */
  #mount() {
    run('mount', '-o', 'loop', this.#image, this.root)
    this.#mounted.push(this.root)
  }

  #newBoot() {
    writeFileSync(this.#bootId, `${randomUUID()}\n`)
  }

  /** What can cut the power at once. */
  async armed() {
    const child = spawn('python3', ['-c', cutter, this.root], { stdio: 'pipe' })
    const exited = once(child, 'exit')
    const [ready] = await Promise.race([once(child.stdout, 'data'), exited])
    if (!String(ready).startsWith('ready')) {
      child.kill('SIGKILL')
      await exited
      throw new Error(`python3 says ${ready}`)
    }
    return {
      cut: async () => {
        child.stdin.end('\n')
        const [code] = await exited
        if (code !== 0) throw new Error('the file system cannot be shut down')
      },
      disarm: async () => {
        child.kill('SIGKILL')
        await exited
      },
    }
  }

  /** After a cut, and once no process uses it: the journal is replayed, under another boot. */
  restart() {
    run('umount', this.root)
    this.#mounted = this.#mounted.filter((path) => path !== this.root)
    this.#mount()
    this.#newBoot()
  }

  /** Where it is still in use, it goes with the namespace. */
  remove() {
    for (const path of this.#mounted.splice(0)) spawnSync('umount', ['--lazy', path])
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
