using System.Diagnostics;

namespace KafkaBackup.Quickstart;

/// <summary>Says what is being done while it is done.</summary>
internal sealed class Story
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _step;

    public void Step(string what) => Console.WriteLine($"\n[{_clock.Elapsed.TotalSeconds,5:0.0} s] {++_step}. {char.ToUpperInvariant(what[0])}{what[1..]}");

    public void Tell(string what) => Console.WriteLine($"          {what}");
}
