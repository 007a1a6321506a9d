"""Submission of workflows: the Python API behind the screen and the command line.

It works on plain documents, so that a field that argotui does not know reaches the cluster:

    submitter = Submitter(backend.objects, clock)
    options = SubmitOptions(parameters={"version": "2.41"}, labels={"team": "data"})
    workflow = await submitter.submit_from("workflowtemplate", "release", "argo", options)
    workflows = await submitter.submit_documents(documents, "argo", options)

`prepare_from` and `prepare_documents` build and check the same without sending; `send` creates
what they return, or lets the server try it.
"""
