"""`python -m service` is `xiaoqing serve`: the process that owes, asks, carries and remembers."""

from service.cli import main

if __name__ == "__main__":
    main(["serve"])
