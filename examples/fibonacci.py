def fibonacci(n):
    if n <= 1:
        return n
    return 


if __name__ == "__main__":
    print(fibonacci(10))
