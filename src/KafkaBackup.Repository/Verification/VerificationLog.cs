namespace KafkaBackup.Repository.Verification;

/// <summary>
/// Gathers findings and counts while a verification runs, whose parts are verified side by side: each part has a section of its own, and the findings are told in the order in
/// which the sections were begun, whichever ends first. What ended without a finding leaves nothing in memory.
/// </summary>
/// <param name="progress">Told at every epoch and segment, by one thread at a time.</param>
internal sealed class VerificationLog(IProgress<VerificationProgress>? progress)
{
    private readonly Lock gate = new();
    private readonly List<VerificationFinding> findings = [];
    private readonly Queue<VerificationSection> sections = new();
    private VerificationProgress reached;

    /// <summary>The epoch whose manifest is being verified.</summary>
    public long Epoch { get; private set; }

    public long Epochs { get; private set; }

    /// <summary>Says how much there is.</summary>
    /// <param name="lastEpoch">The last epoch.</param>
    /// <param name="bytes">The segments' bytes.</param>
    public void Expect(long lastEpoch, long bytes) => reached = reached with { LastEpoch = lastEpoch, BytesToDo = bytes };

    /// <summary>Begins an epoch.</summary>
    public void Begin(long epoch)
    {
        lock (gate)
        {
            Epoch = epoch;
            Epochs++;
            Reach(reached with { Epoch = epoch });
        }
    }

    /// <summary>What the walk finds from here on, and sections that are begun, concern epochs from this one on.</summary>
    public void TurnTo(long epoch)
    {
        lock (gate)
            Epoch = epoch;
    }

    /// <summary>Begins a section, which is to be ended. What is found outside any section comes behind the sections begun before.</summary>
    public VerificationSection BeginSection()
    {
        var section = new VerificationSection(this, Epoch);
        lock (gate)
            sections.Enqueue(section);
        return section;
    }

    /// <summary>Takes a finding that is in no section.</summary>
    public void Found(VerificationFinding finding)
    {
        var section = BeginSection();
        section.Found(finding);
        section.End();
    }

    /// <summary>Takes note of a segment that has been looked at.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="isRead">Whether each of them was read.</param>
    public void Verified(long length, bool isRead)
    {
        lock (gate)
            Reach(reached with { Segments = reached.Segments + 1, Bytes = reached.Bytes + (isRead ? length : 0), BytesDone = reached.BytesDone + length });
    }

    /// <summary>Takes note of a segment that may be gone, and is.</summary>
    public void Passed(long length)
    {
        lock (gate)
            Reach(reached with { BytesDone = reached.BytesDone + length });
    }

    public VerificationReport ToReport(VerificationLevel level) => new(level, Epochs, reached.Segments, reached.Bytes, [.. findings]);

    /// <summary>Ends a section: takes the findings of those that have ended, up to the first that has not.</summary>
    internal void End(Action end)
    {
        lock (gate)
        {
            end();
            while (sections.TryPeek(out var first) && first.HasEnded)
                findings.AddRange(sections.Dequeue().Findings);
        }
    }

    private void Reach(VerificationProgress now)
    {
        // An epoch whose manifest can't be read may have added more than was expected.
        reached = now with { BytesToDo = Math.Max(now.BytesToDo, now.BytesDone) };
        progress?.Report(reached);
    }
}
