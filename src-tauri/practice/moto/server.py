"""moto's server with IAM enforced. What is mended in moto stands beside this file, one file a service.

Argument: JSON with what a real account would have (zones, security groups, images, region).
Prints one line of JSON once it answers: {"port": N, "git_port": N, "admin": {"access_key_id": ..., "secret_access_key": ...}}.
Ends when its standard input closes, so it never outlives the gateway.
"""

import json
import os
import sys
import tempfile
import threading
from http.server import ThreadingHTTPServer

seed = json.loads(sys.argv[1])

amis = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
json.dump(
    [
        {
            "ami_id": ami,
            "name": "ci-node",
            "description": "CI node",
            "owner_id": "123456789012",
            "public": False,
            "virtualization_type": "hvm",
            "architecture": "x86_64",
            "state": "available",
            "platform": None,
            "image_type": "machine",
            "hypervisor": "xen",
            "root_device_name": "/dev/xvda",
            "root_device_type": "ebs",
            "sriov": "simple",
        }
        for ami in seed["images"]
    ],
    amis,
)
amis.close()
os.environ["MOTO_AMIS_PATH"] = amis.name
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import codecommit  # noqa: E402
import iam as _  # noqa: E402, F401
import route53 as _  # noqa: E402, F401
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT  # noqa: E402
from moto.ec2.models import ec2_backends  # noqa: E402
from moto.iam.models import iam_backends  # noqa: E402
from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: E402
from moto.route53.models import route53_backends  # noqa: E402

git_door = ThreadingHTTPServer(("127.0.0.1", 0), codecommit.GitDoor)
threading.Thread(target=git_door.serve_forever, daemon=True).start()

# --- What a real account would have.
iam = iam_backends[ACCOUNT]["aws"]
iam.create_user(region_name=seed["region"], user_name="administrator")
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy("administrator", "everything", json.dumps(everything))
key = iam.create_access_key("administrator")
ec2 = ec2_backends[ACCOUNT][seed["region"]]
vpc = next(vpc for vpc in ec2.describe_vpcs() if vpc.is_default == "true" or vpc.is_default is True)
for group in seed["security_groups"]:
    ec2.create_security_group(group, "ssh from the institute only", tags={}, vpc_id=vpc.id)
for zone in seed["zones"]:
    route53_backends[ACCOUNT]["aws"].create_hosted_zone(zone + ".", private_zone=False, caller_reference=zone)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()

import urllib.request  # noqa: E402

# From here on, signatures, policies and trust are checked.
enforce = urllib.request.Request(
    f"http://127.0.0.1:{port}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}
)
urllib.request.urlopen(enforce, timeout=20).read()
os.unlink(amis.name)

print(
    json.dumps({"port": port, "git_port": git_door.server_address[1], "admin": {"access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key}}),
    flush=True,
)

closed = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
closed.wait()
os._exit(0)
