import { apis, errorCodes } from '../../protocol/index.js'
import { type Handler, handler } from '../handler.js'
import { clusterOperations, notAsked } from './authorized-operations.js'

const brokers = 1

export const describeClusterHandler: Handler = handler(
  apis.describeCluster,
  ({ endpointType, includeClusterAuthorizedOperations }, { endpoint }, { nodeId, clusterId }) => {
    if (endpointType !== brokers) {
      return {
        errorCode: errorCodes.mismatchedEndpointType,
        errorMessage: 'this is the endpoint of a broker; ask for brokers (endpoint type 1)',
        endpointType,
        clusterId: '',
        brokers: [],
      }
    }
    return {
      errorCode: errorCodes.none,
      clusterId,
      controllerId: nodeId,
      brokers: [{ brokerId: nodeId, host: endpoint.host, port: endpoint.port }],
      clusterAuthorizedOperations: includeClusterAuthorizedOperations
        ? clusterOperations
        : notAsked,
    }
  },
) as Handler
