using System.Text;
using KafkaBackup.Cli.Commands;
using KafkaBackup.Cli.Output;
using KafkaBackup.Repository.Verification;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;
using Xunit;

namespace KafkaBackup.Cli.Tests;

public sealed class ProgressScreenTests
{
    private readonly FakeTimeProvider time = new();
    private readonly StringWriter lines = new();

    [Fact]
    public async Task Where_there_is_no_terminal_a_line_is_told_every_five_seconds()
    {
        var result = await new ProgressScreen(lines, null, time).RunAsync(show =>
        {
            for (var second = 0; second < 12; second++)
            {
                show(new Reached($"copying {second}", second * 10, 200, Sizes.Bytes, second * 1024));
                time.Advance(TimeSpan.FromSeconds(1));
            }

            return Task.FromResult(7);
        });

        Assert.Equal(7, result);
        Assert.Equal("copying 5: 50 B of 200 B (25 %), 1 KiB/s\ncopying 10: 100 B of 200 B (50 %), 1 KiB/s\n", lines.ToString());
    }

    [Fact]
    public async Task What_slows_it_down_stands_behind_its_rate()
    {
        await new ProgressScreen(lines, null, time).RunAsync(show =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            show(new Reached("writing", 5, 10, Sizes.Count, 5120) { Note = "throttled" });
            return Task.FromResult(0);
        });

        Assert.Equal("writing: 5 of 10 (50 %), 1 KiB/s, throttled\n", lines.ToString());
    }

    [Fact]
    public async Task What_has_no_total_or_has_reached_it_is_told_by_its_phase()
    {
        await new ProgressScreen(lines, null, time).RunAsync(show =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            show(new Reached("sealing", 0, 0, Sizes.Count, 5));
            time.Advance(TimeSpan.FromSeconds(5));
            show(new Reached("sealed", 3, 3, Sizes.Count, null));
            return Task.FromResult(0);
        });

        Assert.Equal("sealing\nsealed\n", lines.ToString());
    }

    [Fact]
    public async Task On_a_terminal_a_bar_is_shown_and_cleared_and_no_line_printed()
    {
        var screen = new Screen();
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(screen) });
        terminal.Profile.Width = 200;

        await new ProgressScreen(lines, terminal, time).RunAsync(async show =>
        {
            show(new Reached("copying [1]", 50, 200, Sizes.Bytes, 50));
            for (var until = Environment.TickCount64 + 10_000; !screen.ToString().Contains("25%", StringComparison.Ordinal) && Environment.TickCount64 < until;)
                await Task.Yield();
            return 0;
        });

        Assert.Contains("copying [1]: 50 B of 200 B", screen.ToString());
        Assert.Contains("25%", screen.ToString());
        Assert.Equal("", lines.ToString());
    }

    [Fact]
    public void Verifying_counts_bytes_where_they_are_read_and_epochs_where_they_are_not()
    {
        var full = VerifyCommand.Told(new VerificationProgress(Epoch: 3, Segments: 5, Bytes: 1024, LastEpoch: 7, BytesDone: 2048, BytesToDo: 4096));
        Assert.Equal(("verifying epoch 3 of 7", 2048, 4096, "2 KiB", 1024), (full.Phase, full.Done, full.Total, full.Tell(full.Done), full.Bytes));
        var quick = VerifyCommand.Told(new VerificationProgress(Epoch: 3, Segments: 5, Bytes: 0, LastEpoch: 7, BytesDone: 2048, BytesToDo: 2048));
        Assert.Equal(("verifying epochs", 3, 7, "3", null), (quick.Phase, quick.Done, quick.Total, quick.Tell(quick.Done), quick.Bytes));
    }

    /// <summary>What was written, also while more is being written.</summary>
    private sealed class Screen : TextWriter
    {
        private readonly StringBuilder text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (text)
                text.Append(value);
        }

        public override string ToString()
        {
            lock (text)
                return text.ToString();
        }
    }
}
