"""A real RabbitMQ (Debian's `rabbitmq-server`) with the exchanges, queues and rights of the Hub Santé.

Its ports, its node name, its name server (epmd) and its directories are its own: nothing of the machine is touched, and
nothing outlives `close()`. hub-and-lrm.md §1, « local reproduction ».
"""

import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import trustme

from demo.sandboxes import free_port

BINARIES = Path("/usr/lib/rabbitmq/bin")
VHOST = "15-sas_v1.0"
SAS, OTHER = "fr.health.test.ptfsas", "fr.health.test.other"
LRMS = ("fr.health.samu590", "fr.health.samu620", "fr.health.samu999")
HASTY = "fr.health.samu999"
"""Its queue forgets a message after fifty milliseconds: what happens after 24 h to a recipient who reads nothing."""
DISPATCHER = "fr.health.hub"
CLIENTS = (SAS, OTHER, *LRMS)
STARTS_WITHIN = 60


class RabbitMq:
    """`start`, `kill` (as a power cut would), `start` again on the same data, `close`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        ports: list[int] = []
        for _ in range(4):
            ports.append(free_port(set(ports)))
        self.port, self.tls_port, self._epmd_port, self._node_port = ports
        self._server: subprocess.Popen[bytes] | None = None
        self.authority = trustme.CA()
        self.ca = directory / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca))
        self._write_configuration()
        self._epmd = subprocess.Popen(
            ["epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def url(self, user: str, *, host: str = "127.0.0.1") -> str:
        """In clear, with a password, which is the user's name."""
        return f"amqp://{user}:{user}@{host}:{self.port}/{VHOST}"

    @property
    def tls_url(self) -> str:
        """With a certificate."""
        return f"amqps://localhost:{self.tls_port}/{VHOST}"

    def certificate(self, name: str, *, authority: trustme.CA | None = None) -> tuple[str, str]:
        """Paths of a client certificate of that common name and of its key."""
        made = (authority or self.authority).issue_cert(f"{name}.invalid", common_name=name)
        chain, key = self._directory / f"{name}.pem", self._directory / f"{name}.key"
        chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        made.private_key_pem.write_to_path(str(key))
        return str(chain), str(key)

    def start(self) -> None:
        """Returns when it takes connections; at once when it runs already."""
        if self._server is not None:
            return
        log = (self._directory / "server.log").open("ab")
        with log:
            self._server = subprocess.Popen(
                [str(BINARIES / "rabbitmq-server")],
                env=self._environment(),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        for _ in range(STARTS_WITHIN * 20):
            if self._server.poll() is not None:
                break
            if self._takes_connections():
                return
            threading.Event().wait(0.05)
        self.kill()
        raise RuntimeError((self._directory / "server.log").read_text(encoding="utf-8", errors="replace")[-4000:])

    def kill(self) -> None:
        """Without a word, all its processes at once: they are a session of their own."""
        if self._server is not None:
            if self._server.poll() is None:
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()
            self._server = None

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self._epmd.kill()
        self._epmd.wait()

    def _takes_connections(self) -> bool:
        """The TLS port opens last, but a socket says nothing of definitions: it answers AMQP once all is in place."""
        try:
            with socket.create_connection(("127.0.0.1", self.tls_port), 1):
                pass
            with socket.create_connection(("127.0.0.1", self.port), 1) as client:
                client.sendall(b"AMQP\x00\x00\x09\x01")
                client.settimeout(5)
                return client.recv(1) == b"\x01"
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        home = str(self._directory)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": home,
            "RABBITMQ_NODENAME": "hub@localhost",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(self._directory / "rabbitmq.conf"),
            "RABBITMQ_MNESIA_BASE": str(self._directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._directory / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self._directory / "generated"),
            "RABBITMQ_PID_FILE": str(self._directory / "pid"),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
            "RUNNING_UNDER_SYSTEMD": "1",  # the shell becomes the server, so that killing it kills the server
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _write_configuration(self) -> None:
        chain, key = self.certificate_of_server()
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
            f"ssl_options.cacertfile = {self.ca}",
            f"ssl_options.certfile = {chain}",
            f"ssl_options.keyfile = {key}",
            "ssl_options.verify = verify_peer",
            "ssl_options.fail_if_no_peer_cert = true",
            "ssl_cert_login_from = common_name",
            "auth_mechanisms.1 = EXTERNAL",
            "auth_mechanisms.2 = PLAIN",
            "log.file = false",
            "log.console = true",
            "log.console.level = warning",
            f"load_definitions = {self._directory / 'definitions.json'}",
        ]
        (self._directory / "rabbitmq.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self._directory / "enabled_plugins").write_text("[rabbitmq_auth_mechanism_ssl].\n", encoding="ascii")
        (self._directory / "definitions.json").write_text(json.dumps(definitions()), encoding="utf-8")

    def certificate_of_server(self) -> tuple[Path, Path]:
        """Of localhost, as clients verify it."""
        made = self.authority.issue_cert("localhost")
        chain, key = self._directory / "server.pem", self._directory / "server.key"
        chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        made.private_key_pem.write_to_path(str(key))
        return chain, key


def is_installed() -> bool:
    """Whether this machine has it (`./run test` installs it where it may)."""
    return (BINARIES / "rabbitmq-server").exists()


def definitions() -> dict[str, Any]:
    """Hub's topology: publish to `hubsante` under one's own name; each reads its three queues, and nothing else."""
    queues = ["dispatch", "dispatch.dlq", *(f"{client}.{kind}" for client in CLIENTS for kind in KINDS)]
    bindings = [("hubsante", "dispatch", "#"), ("distribution.dlx", "dispatch.dlq", "")]
    bindings += [("distribution", queue, queue) for queue in queues[2:]]
    exchanges = {"hubsante": "topic", "distribution": "direct", "distribution.dlx": "fanout"}
    return {
        "users": [_user(name) for name in (*CLIENTS, DISPATCHER)],
        "vhosts": [{"name": VHOST}],
        "permissions": [_rights(name) for name in (*CLIENTS, DISPATCHER)],
        "topic_permissions": [
            {"user": c, "vhost": VHOST, "exchange": "hubsante", "write": f"^{c}$", "read": ""} for c in CLIENTS
        ],
        "exchanges": [
            {"name": name, "vhost": VHOST, "type": kind, "durable": True} | _EXCHANGE
            for name, kind in exchanges.items()
        ],
        "queues": [{"name": name, "vhost": VHOST, "durable": True} | _QUEUE for name in queues],
        "bindings": [
            {"source": source, "vhost": VHOST, "destination": to, "destination_type": "queue", "routing_key": key}
            | {"arguments": {}}
            for source, to, key in bindings
        ],
        "policies": [
            _policy("life", r"^.*\.(?:ack|info|message)$", 24 * 3600 * 1000, 0),
            _policy("hasty", rf"^{HASTY}\.message$", 50, 1),
        ],
    }


KINDS = ("message", "ack", "info")
_EXCHANGE = {"auto_delete": False, "internal": False, "arguments": {}}
_QUEUE = {"auto_delete": False, "arguments": {}}


def _user(name: str) -> dict[str, Any]:
    salt = b"hub!"
    digest = base64.b64encode(salt + hashlib.sha256(salt + name.encode()).digest()).decode()
    return {"name": name, "password_hash": digest, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": []}


def _rights(name: str) -> dict[str, str]:
    if name == DISPATCHER:
        return {"user": name, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}
    own = name.replace(".", r"\.")
    return {
        "user": name,
        "vhost": VHOST,
        "configure": "^$",
        "write": "^hubsante$",
        "read": rf"^{own}\.(message|ack|info)$",
    }


def _policy(name: str, pattern: str, life: int, priority: int) -> dict[str, Any]:
    return {
        "vhost": VHOST,
        "name": name,
        "pattern": pattern,
        "apply-to": "queues",
        "priority": priority,
        "definition": {"message-ttl": life, "dead-letter-exchange": "distribution.dlx"},
    }
