namespace KafkaBackup.Broker.Groups;

/// <summary>Who wants to join.</summary>
/// <param name="NewMemberId">The id that it gets if it has none.</param>
/// <param name="NeedsKnownId">Whether it has to ask a second time with that id (from JoinGroup version 4 on).</param>
/// <param name="ClientId">Its client id.</param>
/// <param name="ClientHost">Its address.</param>
internal sealed record RequestIdentity(string NewMemberId, bool NeedsKnownId, string ClientId, string ClientHost);
