"""Configuration of gateways that route Novu's requests to several applications. Pure: no network, no files.

Novu 3.19.0 sends these requests to the bridge URL of an environment (read in its source)::

    GET  ?action=discover[&environmentType=dev|prod]
    GET  ?action=health-check[&environmentType=…]
    POST ?action=execute&environmentType=…&workflowId=…&stepId=…&jobId=…
    POST ?action=preview&environmentType=…&workflowId=…&stepId=…&layoutId=…&skipLayoutRendering=…
    POST ?action=agent-event&agentId=…&event=…          (to the bridge URL of the agent)

The signature covers the time and the body, not the URL. So a gateway may send a request to another URL, as long as
it leaves the body and the header ``novu-signature`` as they are.
"""
