"""`python -m regulars`, the same as `regulars`."""

from regulars.standalone import main

if __name__ == "__main__":
    main()
