// Opens the catalog of a directory and says so, in a worker. Needs dist/.
import { parentPort, workerData } from 'node:worker_threads'
import { TopicCatalog } from '../../dist/topic/index.js'

const catalog = await TopicCatalog.open(workerData)
parentPort.postMessage(catalog.list().length)
parentPort.on('message', () => catalog.list())
