#!/usr/bin/python3
"""A second program of the workload payments: a gRPC service. Its messages are plain bytes, so that the
demo needs no generated code.

Usage: quotes.py ADDRESS:PORT
"""
import concurrent.futures
import sys

import grpc


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("shop.v1.Quotes", {
        "Get": grpc.unary_unary_rpc_method_handler(lambda request, _: b"42.00 for " + request),
        "Reset": grpc.unary_unary_rpc_method_handler(lambda *_: b"all quotes are gone")})])
    if server.add_insecure_port(sys.argv[1]) == 0:
        sys.exit(f"cannot listen on {sys.argv[1]}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
