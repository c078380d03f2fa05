// The schemas of the Gateway API, pinned with their checksum, for the tests of HTTPRoutes. Nothing here is part of the
// package, and nothing is built.
module novu-provider/gateway-api

go 1.24.0

require sigs.k8s.io/gateway-api v1.4.1
