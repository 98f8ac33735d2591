namespace KafkaBackup.Repository.Verification;

/// <summary>Gathers findings and counts while a verification runs.</summary>
internal sealed class VerificationLog(IProgress<VerificationProgress>? progress)
{
    private readonly List<VerificationFinding> findings = [];
    private long segments;
    private long bytes;

    /// <summary>The epoch being verified.</summary>
    public long Epoch { get; private set; }

    public long Epochs { get; private set; }

    public void Begin(long epoch)
    {
        Epoch = epoch;
        Epochs++;
        Report();
    }

    /// <summary>What is found from here on concerns epochs from this one on.</summary>
    public void TurnTo(long epoch) => Epoch = epoch;

    public void Found(VerificationFinding finding) => findings.Add(finding);

    public void Verified(long segmentBytes)
    {
        segments++;
        bytes += segmentBytes;
        Report();
    }

    public VerificationReport ToReport(VerificationLevel level) => new(level, Epochs, segments, bytes, [.. findings]);

    private void Report() => progress?.Report(new VerificationProgress(Epoch, segments, bytes));
}
