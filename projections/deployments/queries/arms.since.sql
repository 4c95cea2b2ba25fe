-- From when on the arms of a deployment count rows, in milliseconds: since the deployment started.
SELECT toUnixTimestamp64Milli(min(time)) AS since
FROM deployment_history
WHERE deployment_id = {deploymentId:String}
