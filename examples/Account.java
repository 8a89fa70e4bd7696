public class Account {
    private double balance;

    public void deposit(double amount) {
        this.balance += 
    }

    public double getBalance() {
        return balance;
    }
}
