using Spectre.Console;

namespace KafkaBackup.Cli.Output;

/// <summary>How far something is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="Done">How much is done.</param>
/// <param name="Total">Of how much; 0 if nobody knows.</param>
/// <param name="Tell">Says an amount in words.</param>
/// <param name="Bytes">The bytes that went by, for the rate; null where there are none.</param>
internal readonly record struct Reached(string? Phase, long Done, long Total, Func<long, string> Tell, long? Bytes)
{
    /// <summary>What else there is to say, such as what slows it down; null if nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>Shows how far something is: a bar on a terminal, a line now and then elsewhere.</summary>
/// <param name="output">Where lines go.</param>
/// <param name="terminal">The terminal; null if there is none.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressScreen(TextWriter output, IAnsiConsole? terminal, TimeProvider time)
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _nextLine = LineEvery;

    /// <summary>A screen on standard error.</summary>
    public static ProgressScreen OnError(TimeProvider time)
    {
        var isTerminal = !Console.IsErrorRedirected && AnsiConsole.Profile.Capabilities.Ansi;
        return new ProgressScreen(Console.Error, isTerminal ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }) : null, time);
    }

    /// <summary>Runs something that tells how far it is, one call at a time.</summary>
    public async Task<T> RunAsync<T>(Func<Action<Reached>, Task<T>> run) => terminal is null
        ? await run(PrintLine)
        : await terminal.Progress()
            .AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("starting");
                return await run(reached =>
                {
                    bar.Description = Markup.Escape(reached.Total > 0 ? $"{reached.Phase}: {Amounts(reached)}{Rate(reached)}{Note(reached)}" : reached.Phase ?? "");
                    bar.IsIndeterminate = reached.Total == 0;
                    bar.MaxValue = Math.Max(1, reached.Total);
                    bar.Value = reached.Done;
                });
            });

    private static string Amounts(in Reached reached) => $"{reached.Tell(reached.Done)} of {reached.Tell(reached.Total)}";

    private void PrintLine(Reached reached)
    {
        var now = time.GetElapsedTime(_start);
        if (now < _nextLine)
            return;
        _nextLine = now + LineEvery;
        output.WriteLine(reached.Total > 0 && reached.Done < reached.Total
            ? $"{reached.Phase}: {Amounts(reached)} ({100 * reached.Done / reached.Total} %){Rate(reached)}{Note(reached)}"
            : reached.Phase);
    }

    private static string Note(in Reached reached) => reached.Note is { } note ? $", {note}" : "";

    private string Rate(in Reached reached) =>
        reached.Bytes is { } bytes ? $", {Sizes.Bytes((long)(bytes / Math.Max(0.001, time.GetElapsedTime(_start).TotalSeconds)))}/s" : "";
}
