namespace KafkaBackup.Testing;

/// <summary>Prints what a test measured, so that it stands in the run's output even when the test passes.</summary>
public static class Figures
{
    public static void Print(string line) => Console.Out.WriteLine($"    {line}");
}
