#!/usr/bin/python3
"""One unary gRPC call with a real gRPC client; prints its status, and its answer or the error's words.

Usage: grpc_call.py ADDRESS:PORT /package.Service/Method MESSAGE
Exits 0 when the status is OK, 1 otherwise.
"""
import sys

import grpc


def main():
    target, method, message = sys.argv[1:]
    # Not through a proxy that the environment may name.
    with grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            answer = channel.unary_unary(method)(message.encode(), timeout=5)
        except grpc.RpcError as error:
            print(error.code().name, error.details())
            return 1
    print("OK", answer.decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
