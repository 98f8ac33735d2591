using KafkaBackup.Repository.Segments;

namespace KafkaBackup.Repository.Verification;

/// <summary>A segment that is to be verified.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Segment">Its reference.</param>
/// <param name="IsRead">Whether every byte is read.</param>
/// <param name="Pack">The pack that it lies in; null if it stands alone.</param>
/// <param name="TellsOfPack">Whether what is wrong with the pack as a whole is to be told with it.</param>
internal sealed record SegmentToVerify(string Topic, SegmentReference Segment, bool IsRead, PackToVerify? Pack, bool TellsOfPack);
