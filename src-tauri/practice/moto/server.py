"""moto's server with IAM enforced. What is mended in moto stands beside this file, one file a service.

Argument: JSON with what a real account would have (zones, security groups, images, region), the hosted zones of load
balancers by id, the rights of whoever practises (`reader`), and `times` (see settings.py).
First line of standard input: the token that every request must carry; it is on no command line and in no environment.
Prints one line of JSON once it answers: {"port": N, "admin": {"access_key_id": ..., "secret_access_key": ...}}.
Ends when its standard input closes, so it never outlives the gateway.
"""

import functools
import gc
import hmac
import json
import os
import socket
import struct
import sys
import tempfile
import threading

from botocore.loaders import JSONFileLoader

# A third of the start: nothing that is loaded then is garbage.
gc.disable()
# Another third: moto opens ten sessions, and botocore reads the list of all endpoints anew for each.
loaded = functools.cache(functools.partial(JSONFileLoader._load_file, None))
JSONFileLoader._load_file = lambda loader, path, opened: loaded(path, opened)

seed = json.loads(sys.argv[1])
token = sys.stdin.readline().strip()
if len(token) < 32:
    sys.exit("no token on standard input")

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
import iam as practice_iam  # noqa: E402
import kms as _  # noqa: E402, F401
import route53  # noqa: E402
import settings as practice_settings  # noqa: E402
import sts as _  # noqa: E402, F401
from moto import settings  # noqa: E402
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT  # noqa: E402
from moto.ec2.models import ec2_backends  # noqa: E402
from moto.iam.models import iam_backends  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.route53.models import route53_backends  # noqa: E402
from werkzeug.serving import ThreadedWSGIServer  # noqa: E402

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
os.unlink(amis.name)
route53.alias_zones.update(seed["load_balancers"])
practice_settings.change({"times": seed["times"]})

# From the first request on, signatures, policies and trust are checked.
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0

# moto reads its own folder at every request to find whose the host is: a third of what it does.
DomainDispatcherApplication.get_backend_for_host = functools.lru_cache(64)(
    DomainDispatcherApplication.get_backend_for_host
)
moto = DomainDispatcherApplication(create_backend_app)
# One call at a time: what moto keeps is in plain dicts.
turn = threading.Lock()


def git(asked):
    return codecommit.judge(**asked)


def settings_page(asked):
    """The settings; with any asked for, after they were changed. A text says why they cannot be."""
    return practice_settings.change(asked) or practice_settings.values


def users(asked):
    return practice_iam.practice_user(asked["name"], seed["reader"] if asked["make"] else None)


PAGES = {"/hubwright/git": git, "/hubwright/settings": settings_page, "/hubwright/users": users}


def closed(environ, start_response):
    """Answers the gateway only, which alone knows the token: this port is open to every user of the computer."""
    given = environ.pop("HTTP_X_HUBWRIGHT_TOKEN", "")
    path = environ.get("PATH_INFO", "")
    # moto's own pages show and change everything without asking who it is.
    if not hmac.compare_digest(given.encode(), token.encode()) or path.startswith("/moto-api"):
        start_response("403 Forbidden", [("Content-Length", "0")])
        return [b""]
    if path in PAGES:
        asked = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        with turn:
            answer = json.dumps(PAGES[path](asked)).encode()
        start_response("200 OK", [("Content-Length", str(len(answer)))])
        return [answer]
    # moto's own way to another account than the key's.
    environ.pop("HTTP_X_MOTO_ACCOUNT_ID", None)
    with turn:
        return list(moto(environ, start_response))


class Quiet(MotoRequestHandler):
    def log_request(self, *args):
        pass


# As many at a time as there are threads for: whoever connects to this port and says nothing takes a place for a few seconds,
# and no more memory than that.
places = threading.BoundedSemaphore(64)


def asked(peer, own):
    """The user of the socket at the other end, as the kernel says of this one socket (sock_diag(7)); None where it does not."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 4) as kernel:
            ends = [socket.inet_aton(address[0]) + bytes(12) for address in (peer, own)]
            ask = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF)
            ask += struct.pack("!HH", peer[1], own[1]) + b"".join(ends) + bytes(4) + b"\xff" * 8
            kernel.send(struct.pack("=IHHII", 16 + len(ask), 20, 1, 0, 0) + ask)
            answer = kernel.recv(512)
    except (AttributeError, OSError):
        return None
    if len(answer) < 88 or struct.unpack_from("=H", answer, 4)[0] != 20:
        return None
    user, file = struct.unpack_from("=II", answer, 80)
    # What its program closed has no file, and the kernel gives it to user 0.
    return user if file else None


def is_foreign(peer, own):
    """Whether the socket at the other end is another user's, as the kernel says or lists it; on other systems nobody knows."""
    user = asked(peer, own)
    if user is not None:
        return user != os.getuid()
    written = lambda address: f"{int.from_bytes(socket.inet_aton(address[0]), sys.byteorder):08X}:{address[1]:04X}"
    ends = [written(peer), written(own)]
    # The kernel lists sockets piece by piece, so that one look can miss a socket while others come and go.
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] * 2:
        try:
            with open(table) as lines:
                rows = [line.split() for line in lines]
        except OSError:
            return False
        for row in rows[1:]:
            if [end[-13:] for end in row[1:3]] == ends and row[9] != "0":
                return int(row[7]) != os.getuid()
    return True


class Bounded(ThreadedWSGIServer):
    def verify_request(self, request, client_address):
        # Another user's connection takes no place, however slowly it speaks.
        return not is_foreign(client_address, request.getsockname())

    def process_request(self, request, client_address):
        request.settimeout(5)
        places.acquire()
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # the computer gives no thread
            places.release()
            raise

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            places.release()


gc.freeze()
gc.enable()
server = Bounded("127.0.0.1", 0, closed, handler=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
admin = {"access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key}
print(json.dumps({"port": server.server_address[1], "admin": admin}), flush=True)

sys.stdin.read()
os._exit(0)
