package main

import (
	"cmp"
	"context"
	"slices"

	"inkling/infer"
	"inkling/ratelimit"
	"inkling/ratelimit/identity"
	"inkling/rest"
	"inkling/stream"
)

// maxUsersListed is how many users an administrator is shown: each costs two looks at the limits.
const maxUsersListed = 200

// users are those who have keys, and those of open sessions.
type users struct {
	store   identity.Store // nil: keys are off
	limiter *ratelimit.Limiter
	stream  *stream.Server
}

// Users implements rest.Users.
func (u users) Users(ctx context.Context) ([]rest.User, error) {
	type name struct{ user, tenant string }
	found := make(map[name]*rest.User)
	of := func(n name) *rest.User {
		if found[n] == nil {
			found[n] = &rest.User{User: n.user, Tenant: n.tenant}
		}
		return found[n]
	}
	tenants := make(map[string]string) // by key
	if u.store != nil {
		records, err := u.store.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			one := of(name{r.User, r.Tenant})
			one.Tier, one.Admin, one.Keys = r.Tier, one.Admin || r.Admin, one.Keys+1
			tenants[r.ID] = r.Tenant
		}
	}
	for _, s := range u.stream.Sessions() {
		one := of(name{s.User, tenants[s.Key]})
		one.Sessions++
		one.Tier = cmp.Or(one.Tier, s.Tier)
	}
	list := make([]rest.User, 0, len(found))
	for _, one := range found {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b rest.User) int { return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Tenant, b.Tenant)) })
	list = list[:min(len(list), maxUsersListed)]
	for i := range list {
		list[i].Requests = u.left(ctx, list[i], infer.DoorREST)
		list[i].Shown = u.left(ctx, list[i], infer.DoorSession)
	}
	return list, nil
}

func (u users) left(ctx context.Context, one rest.User, door infer.Door) rest.Allowance {
	d := u.limiter.Look(ctx, infer.Caller{User: one.User, Tier: one.Tier, Tenant: one.Tenant, Door: door})
	return rest.Allowance{Limit: d.Limit, Remaining: d.Remaining}
}
