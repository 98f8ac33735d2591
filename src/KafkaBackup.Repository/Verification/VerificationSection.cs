namespace KafkaBackup.Repository.Verification;

/// <summary>What is found in one part of a verification, by whoever verifies it.</summary>
/// <param name="log">Where to.</param>
/// <param name="epoch">The epoch that the part belongs to.</param>
internal sealed class VerificationSection(VerificationLog log, long epoch)
{
    private readonly List<VerificationFinding> findings = new(0);

    /// <summary>The epoch that the part belongs to, or what of it is verified now.</summary>
    public long Epoch { get; set; } = epoch;

    /// <summary>What was found, in order.</summary>
    public IReadOnlyList<VerificationFinding> Findings => findings;

    /// <summary>Whether nothing more comes.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes a finding.</summary>
    public void Found(VerificationFinding finding) => findings.Add(finding);

    /// <summary>Takes a finding about a segment.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="name">The object.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="from">The first offset concerned; the segment's where left out.</param>
    public void Found(string topic, Segments.SegmentReference segment, string name, string problem, long? from = null) =>
        Found(new VerificationFinding(name, problem, Epoch, topic, segment.Partition, from ?? segment.From, segment.To));

    /// <summary>Says that nothing more comes.</summary>
    public void End() => log.End(() => HasEnded = true);
}
