using System.Text.Json.Serialization;

namespace KafkaBackup.Workflows.Selection;

/// <summary>Which access control entries are meant.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AclScope>))]
public enum AclScope
{
    /// <summary>None of them.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Those that hold for a topic or a group which is backed up, or restored.</summary>
    [JsonStringEnumMemberName("matching")]
    Matching,

    /// <summary>All of them, those of the cluster and of transactional ids too.</summary>
    [JsonStringEnumMemberName("all")]
    All,
}
