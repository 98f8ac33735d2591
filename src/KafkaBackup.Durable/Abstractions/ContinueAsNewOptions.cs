namespace KafkaBackup.Durable;

/// <summary>How a run is followed by the next one.</summary>
public sealed class ContinueAsNewOptions
{
    /// <summary>The version of the orchestrator from the next run on; <see langword="null"/>: as now. With its history the old version's last trace goes.</summary>
    public string? NewVersion { get; set; }
}
